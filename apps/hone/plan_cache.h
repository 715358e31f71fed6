// Models whose graph takes long to prepare are kept prepared, as engines in the person's cache
// folder: the next start maps one.
#pragma once

#include "open/load_program.h"

namespace hone::cli {

// load_program, by way of such an engine; where there is none and preparing the graph took longer
// than `long_ms`, one is written first: what takes less is not worth a copy of its weights. Where
// files.cache_folder is empty, load_program and nothing else. An engine belongs to the file's
// identity (device, inode, size, times) and this build of hone; models of several files are not
// kept.
Expected<LoadedProgram> load_cached_program(const ModelFiles& files,
                                            const ProgramSettings& settings, double long_ms = 100);

}  // namespace hone::cli
