/*
 * A plugin in C, written against the header alone: a clusterer whose centres are k rows of the data. It is the test's
 * proof that the boundary needs no Rust, and an example to start from.
 *
 * -DPLUGIN_ABI_MAJOR=9 makes it a plugin of another ABI.
 */
#include "ecg_audit_plugin.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef PLUGIN_ABI_MAJOR
#define PLUGIN_ABI_MAJOR EA_ABI_MAJOR
#endif
#define HEADER(type) {sizeof(type), PLUGIN_ABI_MAJOR, EA_ABI_MINOR}

static atomic_llong live_count = 0;

/* ---- Errors and buffers ------------------------------------------------------------------------------------------ */

static void release_buffer(ea_buffer *buffer) {
  free(buffer->ptr);
  atomic_fetch_sub(&live_count, 1);
}

static int put_bytes(ea_buffer *out, const void *bytes, size_t len) {
  uint8_t *copy = malloc(len ? len : 1);
  if (!copy) return 0;
  memcpy(copy, bytes, len);
  atomic_fetch_add(&live_count, 1);
  *out = (ea_buffer){copy, len, NULL, release_buffer};
  return 1;
}

/* Messages here are literals, which nobody needs to free. */
static ea_status fail(ea_error *error, ea_status status, const char *message) {
  if (error) error->message = (ea_buffer){(uint8_t *)(uintptr_t)message, strlen(message), NULL, NULL};
  return status;
}

/* ---- Tensors ----------------------------------------------------------------------------------------------------- */

/* A tensor of ours: everything in one allocation. */
typedef struct {
  DLManagedTensorVersioned managed;
  int64_t shape[2], strides[2];
  float data[];
} matrix;

static void delete_matrix(DLManagedTensorVersioned *self) {
  free(self->manager_ctx);
  atomic_fetch_sub(&live_count, 1);
}

static matrix *new_matrix(int64_t rows, int64_t columns) {
  matrix *it = calloc(1, sizeof *it + (size_t)(rows * columns) * sizeof(float));
  if (!it) return NULL;
  it->shape[0] = rows;
  it->shape[1] = columns;
  it->strides[0] = columns;
  it->strides[1] = 1;
  it->managed = (DLManagedTensorVersioned){
      .version = {DLPACK_MAJOR_VERSION, DLPACK_MINOR_VERSION},
      .manager_ctx = it,
      .deleter = delete_matrix,
      .dl_tensor = {.data = rows && columns ? it->data : NULL,
                    .device = {kDLCPU, 0},
                    .ndim = 2,
                    .dtype = {kDLFloat, 32, 1},
                    .shape = it->shape,
                    .strides = it->strides},
  };
  atomic_fetch_add(&live_count, 1);
  return it;
}

/* The checks that every tensor from outside deserves. */
static int is_f32_matrix(const DLTensor *it) {
  return it && it->device.device_type == kDLCPU && it->ndim == 2 && it->dtype.code == kDLFloat &&
         it->dtype.bits == 32 && it->dtype.lanes == 1 && it->shape && (it->data || !it->shape[0] || !it->shape[1]);
}

static float at(const DLTensor *it, int64_t row, int64_t column) {
  const int64_t row_stride = it->strides ? it->strides[0] : it->shape[1];
  const int64_t column_stride = it->strides ? it->strides[1] : 1;
  const char *data = (const char *)it->data + it->byte_offset;
  float value;
  memcpy(&value, data + (row * row_stride + column * column_stride) * (int64_t)sizeof value, sizeof value);
  return value;
}

static int is_finite(const DLTensor *it) {
  for (int64_t row = 0; row < it->shape[0]; row++)
    for (int64_t column = 0; column < it->shape[1]; column++)
      if (!isfinite(at(it, row, column))) return 0;
  return 1;
}

/* ---- The model --------------------------------------------------------------------------------------------------- */

/* Also what is saved, after a magic number. */
typedef struct {
  int64_t clusters, features;
  double mean_squared_distance;
  float centres[];
} model;

#define MAGIC 0x31776f7274737266ULL

static size_t size_of_model(const model *it) {
  return sizeof *it + (size_t)(it->clusters * it->features) * sizeof(float);
}

static void drop_counted(void *self) {
  free(self);
  atomic_fetch_sub(&live_count, 1);
}

/* Squared distances to the centres; answers the nearest, the lowest index among equals. */
static int64_t measure(const model *it, const DLTensor *features, int64_t row, float *distances) {
  int64_t nearest = 0;
  for (int64_t k = 0; k < it->clusters; k++) {
    double sum = 0;
    for (int64_t column = 0; column < it->features; column++) {
      const double difference = (double)at(features, row, column) - it->centres[k * it->features + column];
      sum += difference * difference;
    }
    distances[k] = (float)sum;
    if (distances[k] < distances[nearest]) nearest = k;
  }
  return nearest;
}

static ea_status summary(void *self, ea_buffer *json, ea_error *error) {
  const model *it = self;
  char text[256];
  const int len = snprintf(text, sizeof text,
                           "{\"clusters\": %lld, \"features\": %lld, \"iterations\": 1, \"converged\": true, "
                           "\"mean_squared_distance\": %.17g}",
                           (long long)it->clusters, (long long)it->features, it->mean_squared_distance);
  if (len < 0 || !put_bytes(json, text, (size_t)len)) return fail(error, EA_STATUS_FAILED, "out of memory");
  return EA_STATUS_OK;
}

static ea_status assign(void *self, const DLTensor *features, DLManagedTensorVersioned **memberships,
                        DLManagedTensorVersioned **distances, ea_error *error) {
  const model *it = self;
  if (!is_f32_matrix(features) || features->shape[1] != it->features)
    return fail(error, EA_STATUS_INPUT, "expected an f32 matrix with as many columns as were fitted");
  if (!is_finite(features)) return fail(error, EA_STATUS_INPUT, "values that are not finite");
  const int64_t rows = features->shape[0];
  matrix *one_hot = new_matrix(rows, it->clusters), *squared = new_matrix(rows, it->clusters);
  if (!one_hot || !squared) {
    if (one_hot) delete_matrix(&one_hot->managed);
    if (squared) delete_matrix(&squared->managed);
    return fail(error, EA_STATUS_FAILED, "out of memory");
  }
  for (int64_t row = 0; row < rows; row++) {
    const int64_t nearest = measure(it, features, row, squared->data + row * it->clusters);
    one_hot->data[row * it->clusters + nearest] = 1;
  }
  *memberships = &one_hot->managed;
  *distances = &squared->managed;
  return EA_STATUS_OK;
}

static ea_status save(void *self, ea_buffer *bytes, ea_error *error) {
  const model *it = self;
  const uint64_t magic = MAGIC;
  const size_t size = size_of_model(it);
  uint8_t *both = malloc(sizeof magic + size);
  int saved = 0;
  if (both) {
    memcpy(both, &magic, sizeof magic);
    memcpy(both + sizeof magic, it, size);
    saved = put_bytes(bytes, both, sizeof magic + size);
    free(both);
  }
  return saved ? EA_STATUS_OK : fail(error, EA_STATUS_FAILED, "out of memory");
}

static ea_status centroids(void *self, DLManagedTensorVersioned **out, ea_error *error) {
  const model *it = self;
  matrix *centres = new_matrix(it->clusters, it->features);
  if (!centres) return fail(error, EA_STATUS_FAILED, "out of memory");
  memcpy(centres->data, it->centres, (size_t)(it->clusters * it->features) * sizeof(float));
  *out = &centres->managed;
  return EA_STATUS_OK;
}

static const ea_cluster_model MODEL = {
    HEADER(ea_cluster_model), drop_counted, summary, assign, save, centroids,
};

/* ---- The clusterer ----------------------------------------------------------------------------------------------- */

typedef struct {
  int64_t k;
  const ea_host *host;
} clusterer;

static void hand_over(model *it, ea_handle *out) {
  atomic_fetch_add(&live_count, 1);
  *out = (ea_handle){it, &MODEL.header};
}

static ea_status fit(void *self, const DLTensor *features, uint64_t seed, ea_handle *out, ea_error *error) {
  const clusterer *it = self;
  if (it->host->cancelled(it->host->ctx)) return fail(error, EA_STATUS_CANCELLED, "");
  if (!is_f32_matrix(features)) return fail(error, EA_STATUS_INPUT, "expected an f32 matrix");
  if (features->shape[0] < it->k) return fail(error, EA_STATUS_INPUT, "fewer rows than clusters");
  if (!is_finite(features)) return fail(error, EA_STATUS_INPUT, "values that are not finite");
  const int64_t rows = features->shape[0], columns = features->shape[1];
  model *fitted = calloc(1, sizeof *fitted + (size_t)(it->k * columns) * sizeof(float));
  float *distances = malloc((size_t)it->k * sizeof(float));
  if (!fitted || !distances) {
    free(fitted);
    free(distances);
    return fail(error, EA_STATUS_FAILED, "out of memory");
  }
  fitted->clusters = it->k;
  fitted->features = columns;
  const int64_t start = (int64_t)(seed % (uint64_t)rows);
  for (int64_t k = 0; k < it->k; k++)
    for (int64_t column = 0; column < columns; column++)
      fitted->centres[k * columns + column] = at(features, (start + k) % rows, column);
  double sum = 0;
  for (int64_t row = 0; row < rows; row++) sum += distances[measure(fitted, features, row, distances)];
  free(distances);
  fitted->mean_squared_distance = sum / (double)rows;
  if (!isfinite(fitted->mean_squared_distance)) {
    free(fitted);
    return fail(error, EA_STATUS_INPUT, "features too large to be squared");
  }
  it->host->progress(it->host->ctx, 1, 1);
  hand_over(fitted, out);
  return EA_STATUS_OK;
}

static ea_status load(void *self, ea_bytes bytes, ea_handle *out, ea_error *error) {
  (void)self;
  uint64_t magic = 0;
  model head;
  const size_t header = sizeof magic + sizeof head;
  if (bytes.len >= header) {
    memcpy(&magic, bytes.ptr, sizeof magic);
    memcpy(&head, bytes.ptr + sizeof magic, sizeof head);
  }
  const size_t values = bytes.len < header ? 0 : (bytes.len - header) / sizeof(float);
  if (magic != MAGIC || head.clusters < 1 || head.features < 0 || (size_t)head.clusters > values + 1 ||
      (size_t)head.features > values || (size_t)(head.clusters * head.features) * sizeof(float) != bytes.len - header)
    return fail(error, EA_STATUS_INPUT, "these bytes are no model of this plugin");
  model *loaded = malloc(bytes.len - sizeof magic);
  if (!loaded) return fail(error, EA_STATUS_FAILED, "out of memory");
  memcpy(loaded, bytes.ptr + sizeof magic, bytes.len - sizeof magic);
  hand_over(loaded, out);
  return EA_STATUS_OK;
}

static const ea_clusterer CLUSTERER = {HEADER(ea_clusterer), drop_counted, fit, load};

/* ---- The library ------------------------------------------------------------------------------------------------- */

/* {} or {"k": n}, the only parameter there is; a plugin with more would use a JSON library. */
static int parse_k(ea_str params, int64_t *k) {
  char text[64];
  long long value;
  int end = 0;
  if (params.len >= sizeof text) return 0;
  memcpy(text, params.ptr, params.len);
  text[params.len] = 0;
  if (sscanf(text, " { } %n", &end) == 0 && end && !text[end]) return 1;
  end = 0;
  if (sscanf(text, " { \"k\" : %lld } %n", &value, &end) != 1 || !end || text[end] || value < 1) return 0;
  *k = value;
  return 1;
}

static int is(ea_str text, const char *expected) {
  return text.len == strlen(expected) && !memcmp(text.ptr, expected, text.len);
}

static ea_status create(uint32_t kind, ea_str name, ea_str params, const ea_host *host, ea_handle *out,
                        ea_error *error) {
  if (kind != EA_KIND_CLUSTERER || !is(name, "first-rows"))
    return fail(error, EA_STATUS_UNSUPPORTED, "this library has the clusterer `first-rows` alone");
  int64_t k = 3;
  if (!parse_k(params, &k)) return fail(error, EA_STATUS_PARAMS, "expected {\"k\": n} with n of 1 or more");
  clusterer *made = malloc(sizeof *made);
  if (!made) return fail(error, EA_STATUS_FAILED, "out of memory");
  *made = (clusterer){k, host}; /* the host outlives the component */
  atomic_fetch_add(&live_count, 1);
  *out = (ea_handle){made, &CLUSTERER.header};
  return EA_STATUS_OK;
}

static int64_t live(void) { return atomic_load(&live_count); }

static const char METADATA[] =
    "{\"name\": \"c-example\", \"version\": \"1.2.3\", \"licence\": \"MIT OR Apache-2.0\", \"components\": ["
    "{\"name\": \"first-rows\", \"kind\": \"clusterer\", \"summary\": \"Nearest of k rows, in C.\", \"params_schema\": "
    "{\"type\": \"object\", \"additionalProperties\": false, \"examples\": [{\"k\": 4}], \"properties\": "
    "{\"k\": {\"type\": \"integer\", \"minimum\": 1, \"default\": 3, \"description\": \"Number of clusters.\"}}}}]}";

static const ea_library LIBRARY = {
    HEADER(ea_library), {METADATA, sizeof METADATA - 1}, create, live,
};

EA_EXPORT ea_status ecg_audit_plugin_init(const ea_host *host, uint16_t host_major, uint16_t host_minor,
                                          const ea_library **library, ea_error *error);

ea_status ecg_audit_plugin_init(const ea_host *host, uint16_t host_major, uint16_t host_minor,
                                const ea_library **library, ea_error *error) {
  (void)host;
  (void)host_minor;
  if (host_major != PLUGIN_ABI_MAJOR)
    return fail(error, EA_STATUS_ABI, "c-example was built for another major version of the plugin ABI");
  *library = &LIBRARY;
  return EA_STATUS_OK;
}
