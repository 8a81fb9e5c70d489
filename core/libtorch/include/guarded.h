// No exception leaves a shim: it becomes a text that the caller frees.
#pragma once

#include <cstdlib>
#include <cstring>
#include <exception>

#include <c10/util/Exception.h>

inline char* copied(const char* text) {
  const size_t length = std::strlen(text) + 1;
  char* copy = static_cast<char*>(std::malloc(length));
  if (copy != nullptr) {
    std::memcpy(copy, text, length);
  }
  return copy;
}

template <typename F>
char* guarded(const F& body) {
  try {
    body();
    return nullptr;
  } catch (const c10::Error& error) {
    return copied(error.what_without_backtrace());
  } catch (const std::exception& error) {
    return copied(error.what());
  } catch (...) {
    return copied("an exception of unknown kind");
  }
}
