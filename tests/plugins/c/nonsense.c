/*
 * A plugin that breaks the rules of the boundary, a different one for each component: the component's name says which.
 * The host must answer each with an error that names the plugin.
 */
#include "ecg_audit_plugin.h"

#include <stdlib.h>
#include <string.h>

#define HEADER(type) {sizeof(type), EA_ABI_MAJOR, EA_ABI_MINOR}

typedef struct {
  char name[32];
} component;

static ea_status fail(ea_error *error, ea_status status, const char *message) {
  error->message = (ea_buffer){(uint8_t *)(uintptr_t)message, strlen(message), NULL, NULL};
  return status;
}

typedef struct {
  DLManagedTensorVersioned managed;
  int64_t shape[2], strides[2];
  float data[64];
} tensor;

static void delete_tensor(DLManagedTensorVersioned *self) { free(self->manager_ctx); }

static DLManagedTensorVersioned *new_tensor(int64_t length) {
  tensor *it = calloc(1, sizeof *it);
  it->shape[0] = length;
  it->strides[0] = 1;
  it->managed.version = (DLPackVersion){DLPACK_MAJOR_VERSION, DLPACK_MINOR_VERSION};
  it->managed.manager_ctx = it;
  it->managed.deleter = delete_tensor;
  it->managed.dl_tensor = (DLTensor){.data = it->data,
                                     .device = {kDLCPU, 0},
                                     .ndim = 1,
                                     .dtype = {kDLFloat, 32, 1},
                                     .shape = it->shape,
                                     .strides = it->strides};
  return &it->managed;
}

static ea_status score(void *self, const DLTensor *memberships, const DLTensor *distances,
                       DLManagedTensorVersioned **out, ea_error *error) {
  const char *name = ((component *)self)->name;
  (void)distances;
  if (!strcmp(name, "no-tensor")) return EA_STATUS_OK;
  if (!strcmp(name, "unknown-status")) return fail(error, 99, "of its own making");
  if (!strcmp(name, "no-message")) return EA_STATUS_FAILED;
  if (!strcmp(name, "not-utf8")) return fail(error, EA_STATUS_FAILED, "caf\xe9");
  if (!strcmp(name, "null-message")) {
    error->message = (ea_buffer){NULL, 7, NULL, NULL};
    return EA_STATUS_FAILED;
  }
  DLManagedTensorVersioned *it = new_tensor(memberships->shape[0]);
  DLTensor *view = &it->dl_tensor;
  *out = it;
  if (!strcmp(name, "wrong-length")) view->shape[0] += 1;
  if (!strcmp(name, "negative-length")) view->shape[0] = -1;
  if (!strcmp(name, "huge-length")) view->shape[0] = INT64_MAX;
  if (!strcmp(name, "huge-stride")) view->strides[0] = INT64_MAX / 2;
  if (!strcmp(name, "huge-offset")) view->byte_offset = UINT64_MAX;
  if (!strcmp(name, "wrong-dimensions")) view->ndim = 2;
  if (!strcmp(name, "negative-dimensions")) view->ndim = -1;
  if (!strcmp(name, "wrong-type")) view->dtype.bits = 64;
  if (!strcmp(name, "wrong-device")) view->device.device_type = (DLDeviceType)2;
  if (!strcmp(name, "wrong-version")) it->version.major = 2;
  if (!strcmp(name, "null-data")) view->data = NULL;
  if (!strcmp(name, "null-shape")) view->shape = NULL;
  if (!strcmp(name, "no-deleter")) it->deleter = NULL;
  /* These two are honest: DLPack allows both. */
  if (!strcmp(name, "fine-null-strides")) view->strides = NULL;
  if (!strcmp(name, "fine-misaligned")) {
    const float value = 0.5F;
    view->data = (char *)view->data - 2;
    view->byte_offset = 3;
    for (int64_t row = 0; row < view->shape[0]; row++)
      memcpy((char *)view->data + view->byte_offset + row * 4, &value, sizeof value);
  }
  return EA_STATUS_OK;
}

static const ea_uncertainty UNCERTAINTY = {HEADER(ea_uncertainty), free, score};
static const ea_uncertainty NO_SCORE = {HEADER(ea_uncertainty), free, NULL};
static const ea_uncertainty NO_DROP = {HEADER(ea_uncertainty), NULL, score};
static const ea_uncertainty OLD = {{offsetof(ea_uncertainty, score), EA_ABI_MAJOR, 0}, free, score};
static const ea_uncertainty EMPTY = {{0, EA_ABI_MAJOR, EA_ABI_MINOR}, free, score};
static const ea_uncertainty OTHER_MAJOR = {{sizeof(ea_uncertainty), EA_ABI_MAJOR + 1, 0}, free, score};

static ea_status create(uint32_t kind, ea_str name, ea_str params, const ea_host *host, ea_handle *out,
                        ea_error *error) {
  (void)kind;
  (void)params;
  (void)host;
  if (name.len >= sizeof(component)) return fail(error, EA_STATUS_UNSUPPORTED, "no such component");
  component *it = calloc(1, sizeof *it);
  memcpy(it->name, name.ptr, name.len);
  *out = (ea_handle){it, &UNCERTAINTY.header};
  if (!strcmp(it->name, "null-table")) out->table = NULL;
  if (!strcmp(it->name, "no-score")) out->table = &NO_SCORE.header;
  if (!strcmp(it->name, "no-drop")) out->table = &NO_DROP.header;
  if (!strcmp(it->name, "old-table")) out->table = &OLD.header;
  if (!strcmp(it->name, "empty-table")) out->table = &EMPTY.header;
  if (!strcmp(it->name, "other-major")) out->table = &OTHER_MAJOR.header;
  if (!strcmp(it->name, "null-instance")) {
    free(it);
    out->instance = NULL;
  }
  return EA_STATUS_OK;
}

static const char METADATA[] =
#ifdef BAD_METADATA
    "{\"name\": \"nonsense\", ";
#else
    "{\"name\": \"nonsense\", \"version\": \"0\", \"licence\": \"MIT\", \"components\": []}";
#endif

static const ea_library LIBRARY = {HEADER(ea_library), {METADATA, sizeof METADATA - 1}, create, NULL};

EA_EXPORT ea_status ecg_audit_plugin_init(const ea_host *host, uint16_t host_major, uint16_t host_minor,
                                          const ea_library **library, ea_error *error);

ea_status ecg_audit_plugin_init(const ea_host *host, uint16_t host_major, uint16_t host_minor,
                                const ea_library **library, ea_error *error) {
  (void)host;
  (void)host_major;
  (void)host_minor;
  (void)error;
#ifndef NULL_LIBRARY
  *library = &LIBRARY;
#else
  (void)LIBRARY;
  (void)library;
#endif
  return EA_STATUS_OK;
}
