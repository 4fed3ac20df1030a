/* Stands in for CUDA's profiling interface on a machine that computes on its
   CPU alone: every call fails, so that the profiler leaves CUDA out. */

enum { UNKNOWN = 999 };

int cuptiActivityDisable(void) { return UNKNOWN; }
int cuptiActivityEnable(void) { return UNKNOWN; }
int cuptiActivityEnableCudaEventDeviceTimestamps(void) { return UNKNOWN; }
int cuptiActivityEnableDriverApi(void) { return UNKNOWN; }
int cuptiActivityEnableRuntimeApi(void) { return UNKNOWN; }
int cuptiActivityFlushAll(void) { return UNKNOWN; }
int cuptiActivityGetNextRecord(void) { return UNKNOWN; }
int cuptiActivityGetNumDroppedRecords(void) { return UNKNOWN; }
int cuptiActivityPopExternalCorrelationId(void) { return UNKNOWN; }
int cuptiActivityPushExternalCorrelationId(void) { return UNKNOWN; }
int cuptiActivityRegisterCallbacks(void) { return UNKNOWN; }
int cuptiActivityRegisterTimestampCallback(void) { return UNKNOWN; }
int cuptiActivitySetAttribute(void) { return UNKNOWN; }
int cuptiEnableCallback(void) { return UNKNOWN; }
int cuptiEnableDomain(void) { return UNKNOWN; }
int cuptiFinalize(void) { return UNKNOWN; }
int cuptiSubscribe(void) { return UNKNOWN; }
int cuptiUnsubscribe(void) { return UNKNOWN; }

int cuptiGetVersion(unsigned *version) {
  *version = 0;
  return UNKNOWN;
}

int cuptiGetResultString(int result, const char **text) {
  *text = "this libtorch has no CUDA";
  return UNKNOWN;
}
