/* Stands in for the CUDA runtime on a machine that computes on its CPU alone:
   every call says that there is no device. */

enum { NO_DEVICE = 100 };

int cudaDeviceSynchronize(void) { return NO_DEVICE; }
int cudaGetDeviceProperties(void *properties, int device) { return NO_DEVICE; }

int cudaGetDeviceCount(int *count) {
  *count = 0;
  return NO_DEVICE;
}

int cudaDriverGetVersion(int *version) {
  *version = 0;
  return NO_DEVICE;
}

int cudaRuntimeGetVersion(int *version) {
  *version = 0;
  return NO_DEVICE;
}

const char *cudaGetErrorString(int error) { return "this libtorch has no CUDA"; }
