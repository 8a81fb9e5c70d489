#include "device.h"

#include <vector>

#include <ATen/Context.h>
#include <ATen/autocast_mode.h>
#include <torch/types.h>
#include <torch/version.h>

#include <guarded.h>

struct train_generator {
  at::Generator generator;
};

namespace {

std::vector<at::Tensor> list(size_t count, void* const* tensors) {
  std::vector<at::Tensor> found;
  found.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    found.push_back(*static_cast<const torch::Tensor*>(tensors[i]));
  }
  return found;
}

}  // namespace

extern "C" {

char* train_generator_new(const char* device, train_generator** generator) {
  return guarded([&] {
    auto global = at::globalContext().defaultGenerator(torch::Device(std::string(device)));
    *generator = new train_generator{global.clone()};
  });
}

void train_generator_free(train_generator* generator) {
  delete generator;
}

void train_generator_seed(train_generator* generator, uint64_t seed) {
  generator->generator.set_current_seed(seed);
}

char* train_dropout_mask(train_generator* generator, const void* like, double share, void** mask) {
  return guarded([&] {
    const auto& tensor = *static_cast<const torch::Tensor*>(like);
    auto values = at::empty_like(tensor, tensor.options().requires_grad(false));
    values.bernoulli_(1.0 - share, generator->generator).div_(1.0 - share);
    *mask = new torch::Tensor(std::move(values));
  });
}

char* train_adam(
    size_t count, void* const* weights, void* const* gradients, void* const* means, void* const* squares,
    void* const* steps, double rate, double beta1, double beta2, double decay, double epsilon) {
  return guarded([&] {
    at::NoGradGuard guard;
    auto counts = list(count, steps);
    for (auto& step : counts) {
      step.add_(1);
    }
    at::_fused_adamw_(
        list(count, weights), list(count, gradients), list(count, means), list(count, squares), {}, counts, rate, beta1,
        beta2, decay, epsilon, /*amsgrad=*/false, /*maximize=*/false);
  });
}

const char* train_version(void) {
  return TORCH_VERSION;
}

char* train_deterministic(void) {
  return guarded([&] {
    at::globalContext().setBenchmarkCuDNN(false);
    at::globalContext().setDeterministicCuDNN(true);
    at::globalContext().setDeterministicAlgorithms(true, /*warn_only=*/true);
    at::globalContext().setDeterministicFillUninitializedMemory(false);
  });
}

char* train_autocast(int on) {
  return guarded([&] {
    at::autocast::set_autocast_dtype(at::kCUDA, at::kBFloat16);
    at::autocast::set_autocast_enabled(at::kCUDA, on != 0);
    if (on == 0) {
      at::autocast::clear_cache();
    }
  });
}

}  // extern "C"
