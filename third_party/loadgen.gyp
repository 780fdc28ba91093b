# MLPerf LoadGen, compiled unaltered from the sdist that loadgen.json pins and scripts/install.mjs unpacks into loadgen/.
# Warnings are off here and only here. _GLIBCXX_ASSERTIONS stays off: it aborts Offline runs with token latencies.
{
  "variables": {
    "pin": "JSON.parse(require('fs').readFileSync('loadgen.json','utf8'))",
  },
  "targets": [
    {
      "target_name": "loadgen",
      "type": "static_library",
      "sources": ["<!@(node -p \"<(pin).sources.map((file)=>'loadgen/'+file).join(' ')\")"],
      "include_dirs": ["loadgen"],
      "direct_dependent_settings": {"include_dirs": ["loadgen"]},
      "defines": [
        "NDEBUG",
        "MAJOR_VERSION=<!(node -p \"<(pin).version.split('.')[0]\")",
        "MINOR_VERSION=<!(node -p \"<(pin).version.split('.')[1]\")",
      ],
      "defines!": ["_GLIBCXX_ASSERTIONS"],
      "cflags": ["-fPIC", "-w"],
      "cflags!": ["-Wall", "-Wextra", "-Wno-unused-parameter"],
      "cflags_cc": ["-std=c++17", "-O3", "-U_GLIBCXX_ASSERTIONS", "-fvisibility=hidden"],
      "cflags_cc!": ["-fno-exceptions", "-fno-rtti", "-std=gnu++17", "-std=gnu++20"],
      "xcode_settings": {
        "CLANG_CXX_LANGUAGE_STANDARD": "c++17",
        "GCC_ENABLE_CPP_EXCEPTIONS": "YES",
        "GCC_ENABLE_CPP_RTTI": "YES",
        "GCC_OPTIMIZATION_LEVEL": "3",
        "GCC_SYMBOLS_PRIVATE_EXTERN": "YES",
        "MACOSX_DEPLOYMENT_TARGET": "11.0",
        "WARNING_CFLAGS!": ["-Wall", "-Wendif-labels", "-W", "-Wno-unused-parameter"],
        "OTHER_CFLAGS": ["-w"],
      },
    }
  ],
}
