// What the plugin needs of TorchScript beyond tch, in C. Every function that can fail returns NULL, or a message that
// audit_free_text frees. Tensors are those of torch-sys: pointers to torch::Tensor.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct audit_module audit_module;
typedef struct audit_code audit_code;
typedef struct audit_result audit_result;

void audit_free_text(char* text);

// Loads a TorchScript file onto a device ("cpu", "cuda:0"), in evaluation mode, its weights without gradients.
char* audit_load(const char* path, const char* device, audit_module** module);
void audit_free_module(audit_module* module);
int audit_has_method(const audit_module* module, const char* name);
// The floating-point weights, then running means and variances of normalisations; they share the module's memory.
size_t audit_weights(const audit_module* module);
// A new handle, to be owned by the caller.
void* audit_weight(const audit_module* module, size_t number);

// Inlines a method and describes it as JSON.
char* audit_describe(const audit_module* module, const char* method, char** json);
// Code that runs a method and also returns the tensors of these numbers of its description.
char* audit_compile(const audit_module* module, const char* method, const size_t* wanted, size_t count, audit_code** code);
void audit_free_code(audit_code* code);

// Runs code on a signal. May be called from several threads at once.
char* audit_run(const audit_code* code, const void* signal, audit_result** result);
void audit_free_result(audit_result* result);
// What the method returned: a tensor has the name "", elements of tuples and lists are "0", "1", ...; keys of dicts.
size_t audit_returned(const audit_result* result);
const char* audit_returned_name(const audit_result* result, size_t number);
// A new tensor, to be owned by the caller.
void* audit_returned_tensor(const audit_result* result, size_t number);
// The wanted tensors, likewise.
void* audit_wanted_tensor(const audit_result* result, size_t slot);

#ifdef __cplusplus
}
#endif
