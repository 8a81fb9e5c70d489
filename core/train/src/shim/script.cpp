#include "script.h"

#include <torch/csrc/jit/api/module.h>
#include <torch/types.h>

#include <guarded.h>

struct train_script {
  torch::jit::Module module;
};

namespace {

c10::QualifiedName qualified(const char* type) {
  return c10::QualifiedName(std::string("__torch__.") + type);
}

}  // namespace

extern "C" {

void train_free_text(char* text) {
  std::free(text);
}

char* train_script_new(const char* type, train_script** script) {
  return guarded([&] {
    auto unit = std::make_shared<torch::jit::CompilationUnit>();
    *script = new train_script{torch::jit::Module(qualified(type), unit)};
  });
}

char* train_script_child(train_script* parent, const char* name, const char* type, train_script** script) {
  return guarded([&] {
    torch::jit::Module child(qualified(type), parent->module._ivalue()->compilation_unit());
    parent->module.register_module(name, child);
    *script = new train_script{std::move(child)};
  });
}

void train_script_free(train_script* script) {
  delete script;
}

char* train_script_tensor(train_script* script, const char* name, const void* tensor, int parameter) {
  return guarded([&] {
    const auto& value = *static_cast<const torch::Tensor*>(tensor);
    if (parameter != 0) {
      script->module.register_parameter(name, value, /*is_buffer=*/false);
    } else {
      script->module.register_buffer(name, value);
    }
  });
}

char* train_script_define(train_script* script, const char* source) {
  return guarded([&] { script->module.define(source); });
}

char* train_script_save(train_script* script, const char* path) {
  return guarded([&] {
    script->module.eval();
    script->module.save(std::string(path));
  });
}

}  // extern "C"
