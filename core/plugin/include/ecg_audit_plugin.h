/*
 * The plugin boundary of ecg-audit, for plugins in C and C++.
 *
 * A plugin is a dynamic library that exports ecg_audit_plugin_init and offers components of five kinds: encoders,
 * clusterers, uncertainty measures, surrogates and delineators. docs/plugins.md is the guide; this header is the
 * reference. A test keeps it in step with the program.
 *
 * Rules:
 *
 *   Versions   Tables and argument structures start with an ea_header. Within a major version fields are only ever
 *              appended: read a field only if struct_size reaches beyond it. ea_header, ea_str, ea_bytes, ea_buffer,
 *              ea_error and the signature of the init function never change, in any major version.
 *   Memory     is freed by the side that allocated it. Arguments are borrowed for the call. Results carry the function
 *              that frees them. Write results only when you answer EA_STATUS_OK, the error only when you do not.
 *   Threads    Any function may be called from any thread, and several at once on one instance; drop comes once, last.
 *   Failures   are status codes with a message. No exception and no longjmp may leave a function.
 *   Lifetime   A library is never unloaded.
 *   Text       is UTF-8, not terminated. Tensors are DLPack 1.x on the CPU, of f32, f64 or u32 elements.
 */
#ifndef ECG_AUDIT_PLUGIN_H
#define ECG_AUDIT_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define EA_ABI_MAJOR 1
#define EA_ABI_MINOR 0
#define EA_INIT_SYMBOL "ecg_audit_plugin_init"

#if defined(_WIN32)
#define EA_EXPORT __declspec(dllexport)
#else
#define EA_EXPORT __attribute__((visibility("default")))
#endif

/* ---- DLPack 1.x; left out when dlpack.h was included before ------------------------------------------------------ */

#ifndef DLPACK_DLPACK_H_
#define DLPACK_DLPACK_H_

#define DLPACK_MAJOR_VERSION 1
#define DLPACK_MINOR_VERSION 1

typedef struct {
  uint32_t major;
  uint32_t minor;
} DLPackVersion;

#ifdef __cplusplus
typedef enum : int32_t {
#else
typedef enum {
#endif
  kDLCPU = 1
} DLDeviceType;

typedef struct {
  DLDeviceType device_type;
  int32_t device_id;
} DLDevice;

typedef enum { kDLInt = 0U, kDLUInt = 1U, kDLFloat = 2U } DLDataTypeCode;

typedef struct {
  uint8_t code;   /* a DLDataTypeCode */
  uint8_t bits;
  uint16_t lanes; /* 1 */
} DLDataType;

typedef struct {
  void *data;           /* NULL when there are no elements */
  DLDevice device;
  int32_t ndim;
  DLDataType dtype;
  int64_t *shape;
  int64_t *strides;     /* in elements, may be negative or 0; NULL means row-major and compact */
  uint64_t byte_offset; /* from data to the first element */
} DLTensor;

typedef struct DLManagedTensorVersioned {
  DLPackVersion version;
  void *manager_ctx;
  void (*deleter)(struct DLManagedTensorVersioned *self); /* must not be NULL here */
  uint64_t flags;
  DLTensor dl_tensor;
} DLManagedTensorVersioned;

#endif /* DLPACK_DLPACK_H_ */

/* ---- Values ------------------------------------------------------------------------------------------------------ */

/* What a function answers. */
typedef int32_t ea_status;
#define EA_STATUS_OK 0
#define EA_STATUS_PARAMS 1      /* the parameters are wrong */
#define EA_STATUS_INPUT 2       /* the data cannot be used */
#define EA_STATUS_UNSUPPORTED 3 /* this component does not have that capability */
#define EA_STATUS_RESOURCE 4    /* a file or another outside resource failed */
#define EA_STATUS_CANCELLED 5   /* the host asked to stop */
#define EA_STATUS_FAILED 6      /* the computation failed */
#define EA_STATUS_PANICKED 7    /* an internal error; the instance must not be used again, except to drop it */
#define EA_STATUS_ABI 8         /* from the init function: host and plugin speak different major versions */

/* Kinds of components. */
#define EA_KIND_ENCODER 1
#define EA_KIND_CLUSTERER 2
#define EA_KIND_UNCERTAINTY 3
#define EA_KIND_SURROGATE 4
#define EA_KIND_DELINEATOR 5

/* Levels of log lines. */
#define EA_LEVEL_WARN 1
#define EA_LEVEL_INFO 2
#define EA_LEVEL_DEBUG 3

/* What every table starts with, filled in by its writer. */
typedef struct {
  uint32_t struct_size;
  uint16_t abi_major;
  uint16_t abi_minor;
} ea_header;

/* Borrowed text. */
typedef struct {
  const char *ptr;
  size_t len;
} ea_str;

/* Borrowed bytes. */
typedef struct {
  const uint8_t *ptr;
  size_t len;
} ea_bytes;

/* Owned text or bytes. The receiver calls release once; NULL means that they live as long as the process. */
typedef struct ea_buffer {
  uint8_t *ptr;
  size_t len;
  void *ctx;
  void (*release)(struct ea_buffer *self);
} ea_buffer;

/* Why a function failed. */
typedef struct {
  ea_buffer message;
} ea_error;

/* An instance: a component, or a model fitted by one. The table is that of its kind and lives as long as the process. */
typedef struct {
  void *instance;
  const ea_header *table;
} ea_handle;

/* ---- The host ---------------------------------------------------------------------------------------------------- */

/*
 * What the host offers to a component. Valid until the component and every model made by it have been dropped; who
 * needs it for longer calls retain, and release when done. Its functions may be called from any thread.
 */
typedef struct {
  ea_header header;
  void *ctx;
  void (*retain)(void *ctx);
  void (*release)(void *ctx);
  void (*log)(void *ctx, uint32_t level, ea_str message);
  void (*progress)(void *ctx, uint64_t done, uint64_t total);
  int32_t (*cancelled)(void *ctx); /* not 0 once the user wants to stop; ask now and then in long calls */
  uint32_t (*threads)(void *ctx);  /* how many threads may be kept busy; may change between calls */
} ea_host;

/* ---- The library ------------------------------------------------------------------------------------------------- */

typedef struct {
  ea_header header;
  /*
   * JSON that lives as long as the process:
   *   {"name": "...", "version": "...", "licence": "<SPDX>", "components": [
   *     {"name": "...", "kind": "clusterer", "summary": "...", "params_schema": {<JSON Schema>}}]}
   * An encoder may add "formats": ["onnx"], the extensions of the model files it reads. A library that needs a runtime
   * which is not installed with it may add "install_help": a sentence on how to get it, for where it cannot be loaded.
   * Names are of a-z, 0-9, - and _. A schema is of type object, with additionalProperties false and a description for
   * each property; "format": "path" marks files, which the host makes absolute; "examples" are what the conformance
   * kit tries.
   */
  ea_str metadata;
  /* Makes a component. params is a JSON object; unknown names in it are refused with EA_STATUS_PARAMS. */
  ea_status (*create)(uint32_t kind, ea_str name, ea_str params, const ea_host *host, ea_handle *out, ea_error *error);
  /* May be NULL. How many instances, tensors and buffers are handed out and not yet freed, to find leaks. */
  int64_t (*live)(void);
} ea_library;

/*
 * The one exported function. It is told the version that the host speaks. It puts its table into library, the same each
 * time, or answers EA_STATUS_ABI with a message. When the majors differ, only host->header may be read.
 */
typedef ea_status (*ea_init_fn)(const ea_host *host, uint16_t host_major, uint16_t host_minor,
                                const ea_library **library, ea_error *error);

/* ---- The kinds --------------------------------------------------------------------------------------------------- */

/* Fit on f32 [n, D], then f32 [n, D] to memberships and squared distances f32 [n, K]. */
typedef struct {
  ea_header header;
  void (*drop)(void *self);
  /* The same features and seed give the same model for any number of threads. Writes an ea_cluster_model handle. */
  ea_status (*fit)(void *self, const DLTensor *features, uint64_t seed, ea_handle *model, ea_error *error);
  ea_status (*load)(void *self, ea_bytes bytes, ea_handle *model, ea_error *error);
} ea_clusterer;

/* A fitted codebook; may outlive its clusterer. */
typedef struct {
  ea_header header;
  void (*drop)(void *self);
  /* {"clusters": K, "features": D, "iterations": i, "converged": true, "mean_squared_distance": x} */
  ea_status (*summary)(void *self, ea_buffer *json, ea_error *error);
  /* Rows are independent of each other; memberships of a row sum to 1. */
  ea_status (*assign)(void *self, const DLTensor *features, DLManagedTensorVersioned **memberships,
                      DLManagedTensorVersioned **distances, ea_error *error);
  /* The same bytes for the same model. */
  ea_status (*save)(void *self, ea_buffer *bytes, ea_error *error);
  /* May be NULL, and may leave out NULL: no centroids. f32 [K, D]. */
  ea_status (*centroids)(void *self, DLManagedTensorVersioned **out, ea_error *error);
} ea_cluster_model;

/* Memberships and distances f32 [n, K] to scores f32 [n] in [0, 1], 1 being most uncertain. */
typedef struct {
  ea_header header;
  void (*drop)(void *self);
  ea_status (*score)(void *self, const DLTensor *memberships, const DLTensor *distances,
                     DLManagedTensorVersioned **out, ea_error *error);
} ea_uncertainty;

/* What a surrogate learns. */
#define EA_TARGET_CLASSES 1
#define EA_TARGET_VALUES 2
typedef struct {
  ea_header header;
  uint32_t tag;         /* EA_TARGET_CLASSES or EA_TARGET_VALUES */
  uint32_t reserved;
  uint64_t classes;     /* number of classes; 0 for values */
  const DLTensor *data; /* u32 [n] below classes, or f64 [n] */
} ea_target;

/* Fit on f64 [n, F]. */
typedef struct {
  ea_header header;
  void (*drop)(void *self);
  /* weights is f64 [n] or NULL. Writes an ea_surrogate_model handle. */
  ea_status (*fit)(void *self, const DLTensor *x, const ea_target *target, const DLTensor *weights, uint64_t seed,
                   ea_handle *model, ea_error *error);
  ea_status (*load)(void *self, ea_bytes bytes, ea_handle *model, ea_error *error);
} ea_surrogate;

/* A fitted surrogate; may outlive its surrogate. */
typedef struct {
  ea_header header;
  void (*drop)(void *self);
  /* f64 [n, F] to probabilities f64 [n, classes], rows summing to 1, or values f64 [n, 1]. */
  ea_status (*predict)(void *self, const DLTensor *x, DLManagedTensorVersioned **out, ea_error *error);
  ea_status (*save)(void *self, ea_buffer *bytes, ea_error *error);
  /* May be NULL, and may leave out NULL: no such notion. f64 [F], non-negative, summing to 1 or all zero. */
  ea_status (*importances)(void *self, DLManagedTensorVersioned **out, ea_error *error);
} ea_surrogate_model;

/* Signals f32 [B, leads, samples] to outputs f32 [B, n] and activations of tapped blocks f32 [B, C_b, L_b]. */
typedef struct {
  ea_header header;
  void (*drop)(void *self);
  /* {"input": {"leads": 12, "samples": null}, "outputs": 5, "activation": "identity" | "sigmoid" | "softmax",
   *  "taps": [{"name": "...", "channels": 64, "length": null}], "model_sha256": "..."}; null where not known. */
  ea_status (*info)(void *self, ea_buffer *json, ea_error *error);
  /* taps is an array of n_taps places, as many as the info has taps; write all of them, from shallow to deep. */
  ea_status (*encode)(void *self, const DLTensor *signal, DLManagedTensorVersioned **outputs,
                      DLManagedTensorVersioned **taps, size_t n_taps, ea_error *error);
  /* May be NULL. All that can be tapped, in topological order: [{"name": "...", "operator": "Conv",
   * "role": "convolution" | "normalization" | "activation" | "pooling" | "global-pooling" | "sum" | "concatenation" |
   * "linear" | "other", "shape": [64, 250], "inputs": ["..."], "window": {"kernel": 17, "stride": 4, "dilation": 1}}];
   * shape and window may be null. */
  ea_status (*layers)(void *self, ea_buffer *json, ea_error *error);
  /* May be NULL. Grad-CAM of a raw output at a tap: f32 [B, L_tap], max(0, sum over channels of the activation times
   * the mean over time of its gradient). */
  ea_status (*grad_cam)(void *self, const DLTensor *signal, uint64_t class_index, uint64_t tap,
                        DLManagedTensorVersioned **out, ea_error *error);
} ea_encoder;

/*
 * Signal f32 [leads, samples] in millivolts to beats: f64 [beats, 9], in samples from the start: onset, peak and offset
 * of P, of QRS and of T; NaN where absent.
 */
typedef struct {
  ea_header header;
  void (*drop)(void *self);
  /* fused is written always; per_lead, an array of as many places as there are leads, either in full or not at all. */
  ea_status (*delineate)(void *self, const DLTensor *signal, double sampling_rate, DLManagedTensorVersioned **fused,
                         DLManagedTensorVersioned **per_lead, size_t leads, ea_error *error);
} ea_delineator;

#ifdef __cplusplus
}
#endif

#endif /* ECG_AUDIT_PLUGIN_H */
