// The only place that includes napi.h, so that every file agrees on its defines (see binding.gyp).
#pragma once

#include <napi.h>

static_assert(NAPI_VERSION >= 8, "Node-API 8 (Node 12.22) is the least that the binding needs");
