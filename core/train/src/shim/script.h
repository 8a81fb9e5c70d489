// TorchScript modules made from source and tensors, in C. Every function that can fail returns NULL, or a message that
// train_free_text frees. Tensors are those of torch-sys: pointers to torch::Tensor.
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct train_script train_script;

void train_free_text(char* text);

// A module of its own.
char* train_script_new(const char* type, train_script** script);
// A module within another, which it is an attribute of. Its type must be unique within the outermost module.
char* train_script_child(train_script* parent, const char* name, const char* type, train_script** script);
void train_script_free(train_script* script);
// Adds a tensor, as a parameter or as a buffer.
char* train_script_tensor(train_script* script, const char* name, const void* tensor, int parameter);
// Compiles methods; everything that they read must be there.
char* train_script_define(train_script* script, const char* source);
// Writes the module as a TorchScript file, in evaluation mode.
char* train_script_save(train_script* script, const char* path);

#ifdef __cplusplus
}
#endif
