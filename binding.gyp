# The addon: our binding (native/sources.txt) linked with LoadGen (third_party/loadgen.gyp).
{
  "targets": [
    {
      "target_name": "flexbench",
      "sources": ["<!@(node -p \"require('fs').readFileSync('native/sources.txt','utf8')\")"],
      "dependencies": ["third_party/loadgen.gyp:loadgen"],
      "include_dirs": ["native", "<!(node -p \"require('node-addon-api').include_dir\")"],
      "defines": [
        "NDEBUG",
        "NAPI_VERSION=9",
        "NODE_ADDON_API_CPP_EXCEPTIONS",
        "NODE_ADDON_API_DISABLE_DEPRECATED",
      ],
      "cflags": ["-Wall", "-Wextra"],
      "cflags_cc": ["-std=c++17", "-O3", "-U_GLIBCXX_ASSERTIONS", "-fvisibility=hidden"],
      "cflags_cc!": ["-fno-exceptions", "-fno-rtti", "-std=gnu++17", "-std=gnu++20"],
      "ldflags": ["-pthread"],
      "xcode_settings": {
        "CLANG_CXX_LANGUAGE_STANDARD": "c++17",
        "GCC_ENABLE_CPP_EXCEPTIONS": "YES",
        "GCC_ENABLE_CPP_RTTI": "YES",
        "GCC_OPTIMIZATION_LEVEL": "3",
        "GCC_SYMBOLS_PRIVATE_EXTERN": "YES",
        "MACOSX_DEPLOYMENT_TARGET": "11.0",
        "WARNING_CFLAGS": ["-Wall", "-Wextra"],
      },
    }
  ],
}
