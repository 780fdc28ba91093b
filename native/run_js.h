// A test as JavaScript sees it: start, consumers, reports, counters.
#pragma once

#include "napi_setup.h"

namespace flexbench {

// startTest({ settings, log, auditConfig, sutName, libraryName, samples }, onEvent): number
// (StartResult) onEvent(kind: 0 load | 1 unload | 2 end, samples?: Float64Array); answer load and
// unload with samplesReady().
Napi::Value StartTestJs(const Napi::CallbackInfo& info);
// samplesReady(): void
Napi::Value SamplesReadyJs(const Napi::CallbackInfo& info);

// attach(buffer: Float64Array of 4 × capacity, onBatch: (count) => void): number
// Planes of the buffer: slots, sample indices, scheduled ns, issued ns. Valid during the call.
Napi::Value AttachJs(const Napi::CallbackInfo& info);
// detach(consumer: number): void
Napi::Value DetachJs(const Napi::CallbackInfo& info);

// firstToken(slot, data: TypedArray | null, byteLength): number (ReportResult)
Napi::Value FirstTokenJs(const Napi::CallbackInfo& info);
// complete(slot, data: TypedArray | null, byteLength, tokenCount): number (ReportResult)
Napi::Value CompleteJs(const Napi::CallbackInfo& info);
// completeAll(slots: Float64Array, count, tokenCount): number of refused ones
Napi::Value CompleteAllJs(const Napi::CallbackInfo& info);
// fail(slot): number (ReportResult)
Napi::Value FailJs(const Napi::CallbackInfo& info);

// drain(): void — from now on every sample is failed at once.
Napi::Value DrainJs(const Napi::CallbackInfo& info);
// failAll(): number of samples failed
Napi::Value FailAllJs(const Napi::CallbackInfo& info);
// counters(): { issued, firstTokens, completed, failed, lastActivityNs }
Napi::Value CountersJs(const Napi::CallbackInfo& info);
// isRunning(): boolean
Napi::Value IsRunningJs(const Napi::CallbackInfo& info);
// monotonicNowNs(): number
Napi::Value MonotonicNowNsJs(const Napi::CallbackInfo& info);
// loadgenVersion(): string
Napi::Value LoadgenVersionJs(const Napi::CallbackInfo& info);

}  // namespace flexbench
