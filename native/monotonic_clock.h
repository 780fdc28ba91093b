#pragma once

#include <chrono>
#include <cstdint>

namespace flexbench {

// Nanoseconds on CLOCK_MONOTONIC, the clock behind Node's performance.now() and process.hrtime().
inline int64_t MonotonicNowNs() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace flexbench
