// What training needs of libtorch beyond tch, in C: random generators of one's own, fused Adam, autocast. Every function
// that can fail returns NULL, or a message that train_free_text frees. Tensors are those of torch-sys: pointers to torch::Tensor.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct train_generator train_generator;

// A random generator on a device ("cpu", "cuda:0"), apart from libtorch's global one.
char* train_generator_new(const char* device, train_generator** generator);
void train_generator_free(train_generator* generator);
void train_generator_seed(train_generator* generator, uint64_t seed);
// A new tensor like `like` (to be owned by the caller) whose values are 1 / (1 - share), or 0 with this probability.
char* train_dropout_mask(train_generator* generator, const void* like, double share, void** mask);

// One step of Adam with decoupled weight decay on `count` tensors, in place. The step counts are one-element tensors.
char* train_adam(
    size_t count, void* const* weights, void* const* gradients, void* const* means, void* const* squares,
    void* const* steps, double rate, double beta1, double beta2, double decay, double epsilon);

// libtorch's version; not to be freed.
const char* train_version(void);
// Only algorithms that give the same bits each time; a warning where there is none.
char* train_deterministic(void);
// Mixed precision (bfloat16) on CUDA for what this thread runs, on or off.
char* train_autocast(int on);

#ifdef __cplusplus
}
#endif
