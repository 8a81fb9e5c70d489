#include "torch_shim.h"

#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>

#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/csrc/jit/runtime/interpreter.h>
#include <torch/csrc/jit/serialization/import.h>
#include <torch/types.h>

#include <guarded.h>

#include "describe.h"
#include "inlined.h"

struct audit_module {
  torch::jit::Module module;
  std::vector<at::Tensor> weights;
};

struct audit_code {
  torch::jit::Code code;
  c10::IValue self;
};

struct audit_result {
  std::vector<std::pair<std::string, at::Tensor>> returned;
  std::vector<at::Tensor> wanted;
};

namespace {

void flatten(const c10::IValue& value, audit_result& result) {
  if (value.isTensor()) {
    result.returned.emplace_back("", value.toTensor());
  } else if (value.isTuple()) {
    size_t number = 0;
    for (const auto& element : value.toTupleRef().elements()) {
      if (element.isTensor()) {
        result.returned.emplace_back(std::to_string(number), element.toTensor());
      }
      ++number;
    }
  } else if (value.isTensorList()) {
    size_t number = 0;
    for (const auto& element : value.toTensorVector()) {
      result.returned.emplace_back(std::to_string(number++), element);
    }
  } else if (value.isGenericDict()) {
    for (const auto& entry : value.toGenericDict()) {
      if (entry.key().isString() && entry.value().isTensor()) {
        result.returned.emplace_back(entry.key().toStringRef(), entry.value().toTensor());
      }
    }
  }
}

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

std::vector<at::Tensor> weights_of(const torch::jit::Module& module) {
  std::vector<at::Tensor> found;
  for (auto parameter : module.parameters()) {
    parameter.requires_grad_(false);
    if (parameter.is_floating_point()) {
      found.push_back(parameter);
    }
  }
  for (const auto& buffer : module.named_buffers()) {
    if (ends_with(buffer.name, "running_mean") || ends_with(buffer.name, "running_var")) {
      found.push_back(buffer.value);
    }
  }
  return found;
}

}  // namespace

extern "C" {

void audit_free_text(char* text) {
  std::free(text);
}

char* audit_load(const char* path, const char* device, audit_module** module) {
  return guarded([&] {
    auto loaded = torch::jit::load(std::string(path), torch::Device(std::string(device)));
    loaded.eval();
    auto weights = weights_of(loaded);
    *module = new audit_module{std::move(loaded), std::move(weights)};
  });
}

void audit_free_module(audit_module* module) {
  delete module;
}

int audit_has_method(const audit_module* module, const char* name) {
  return module->module.find_method(name).has_value() ? 1 : 0;
}

size_t audit_weights(const audit_module* module) {
  return module->weights.size();
}

void* audit_weight(const audit_module* module, size_t number) {
  return new torch::Tensor(module->weights[number]);
}

char* audit_describe(const audit_module* module, const char* method, char** json) {
  return guarded([&] {
    auto inlined = audit::inline_method(module->module, method);
    *json = copied(audit::describe(module->module, method, inlined).c_str());
    if (*json == nullptr) {
      throw std::bad_alloc();
    }
  });
}

char* audit_compile(const audit_module* module, const char* method, const size_t* wanted, size_t count, audit_code** code) {
  return guarded([&] {
    auto inlined = audit::inline_method(module->module, method);
    auto graph = audit::returning(*inlined.graph, std::vector<size_t>(wanted, wanted + count));
    *code = new audit_code{torch::jit::Code(graph, method), module->module._ivalue()};
  });
}

void audit_free_code(audit_code* code) {
  delete code;
}

char* audit_run(const audit_code* code, const void* signal, audit_result** result) {
  return guarded([&] {
    // Calls that could not be inlined: the executor would fuse what gradients need apart.
    torch::jit::GraphOptimizerEnabledGuard plain(false);
    torch::jit::Stack stack{code->self, *static_cast<const torch::Tensor*>(signal)};
    torch::jit::InterpreterState(code->code).run(stack);
    auto found = std::make_unique<audit_result>();
    flatten(stack.at(0), *found);
    for (size_t i = 1; i < stack.size(); ++i) {
      found->wanted.push_back(stack[i].toTensor());
    }
    *result = found.release();
  });
}

void audit_free_result(audit_result* result) {
  delete result;
}

size_t audit_returned(const audit_result* result) {
  return result->returned.size();
}

const char* audit_returned_name(const audit_result* result, size_t number) {
  return result->returned[number].first.c_str();
}

void* audit_returned_tensor(const audit_result* result, size_t number) {
  return new torch::Tensor(result->returned[number].second);
}

void* audit_wanted_tensor(const audit_result* result, size_t slot) {
  return new torch::Tensor(result->wanted[slot]);
}

}  // extern "C"
