// No exception leaves the shim.
#pragma once

#include <cstdlib>
#include <cstring>
#include <exception>

#include <c10/util/Exception.h>

inline char* train_copied(const char* text) {
  const size_t length = std::strlen(text) + 1;
  char* copy = static_cast<char*>(std::malloc(length));
  if (copy != nullptr) {
    std::memcpy(copy, text, length);
  }
  return copy;
}

template <typename F>
char* train_guarded(const F& body) {
  try {
    body();
    return nullptr;
  } catch (const c10::Error& error) {
    return train_copied(error.what_without_backtrace());
  } catch (const std::exception& error) {
    return train_copied(error.what());
  } catch (...) {
    return train_copied("an exception of unknown kind");
  }
}
