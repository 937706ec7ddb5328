# The portable build of the addon, without CUDA: what `npm ci` runs, through scripts/build-native.mjs, which sets
# kroncut_variant and moves the binary to build/<variant>/. The cluster build is in CMakeLists.txt; both read
# native/sources*.txt. Here the files of a room are compiled together, which takes half the time, and all but what
# differs between variants is compiled once for all of them.
{
  'variables': {
    'kroncut_variant%': 'cpu',
    'kroncut_mpi%': 0,
    'kroncut_include_dirs': ['native'],
    # g++ 12 reports free-nonheap-object for plain std::vector code at -O3.
    'kroncut_warnings': [
      '-Wall', '-Wextra', '-Wpedantic', '-Wconversion', '-Werror', '-Wno-free-nonheap-object',
      # Said of a file's own names where files are compiled together. The CMake build takes each by itself, with -Wshadow.
      '-Wno-subobject-linkage',
    ],
  },
  'target_defaults': {
    'include_dirs': ['<@(kroncut_include_dirs)'],
    'cflags_cc!': ['-std=gnu++17', '-std=gnu++20', '-fno-rtti', '-fno-exceptions'],
    'cflags_cc': [
      '-std=c++20', '-fvisibility=hidden', '<@(kroncut_warnings)',
      '-isystem', '<!(node -p "require(\'path\').resolve(require(\'node-addon-api\').include_dir)")',
    ],
    'defines': ['NAPI_VERSION=8', 'NODE_ADDON_API_CPP_EXCEPTIONS', 'NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS'],
    # node's own settings turn these off.
    'cflags!': ['-Wno-unused-parameter'],
    'cflags': ['-fPIC'],
    'configurations': {'Release': {'cflags!': ['-O2'], 'cflags': ['-O3']}},
    'xcode_settings': {
      'CLANG_CXX_LANGUAGE_STANDARD': 'c++20',
      'GCC_ENABLE_CPP_EXCEPTIONS': 'YES',
      'GCC_ENABLE_CPP_RTTI': 'YES',
      'WARNING_CFLAGS': ['<@(kroncut_warnings)'],
    },
  },
  'targets': [
    {
      'target_name': 'kroncut_library',
      'type': 'static_library',
      'sources': ['<!@(node scripts/sources.mjs unite sources sources_no_cuda sources_addon)'],
    },
    {
      'target_name': 'kroncut-<(kroncut_variant)',
      'dependencies': ['kroncut_library'],
      'sources': ['<!@(node scripts/sources.mjs list sources_variant)'],
      'defines': [
        'KRONCUT_VARIANT="<(kroncut_variant)"',
        'KRONCUT_VERSION="<!(node -p "require(\'./package.json\').version")"',
      ],
      'conditions': [
        ['kroncut_mpi==1', {
          'sources': ['<!@(node scripts/sources.mjs list sources_mpi)'],
          'defines': ['KRONCUT_MPI', 'OMPI_SKIP_MPICXX', 'MPICH_SKIP_MPICXX'],
          'cflags_cc': ['<!@(node scripts/mpi.mjs compile)'],
          'libraries': ['<!@(node scripts/mpi.mjs link)'],
        }, {
          'sources': ['<!@(node scripts/sources.mjs list sources_no_mpi)'],
        }],
      ],
    },
  ],
}
