// A model's files made ready to be opened: whose engine it is, and what lies in an engine.
#pragma once

#include <string>

#include "models/resolve.h"
#include "open/trust.h"

namespace hone {

// A plain file on this machine with what lies beside it (models/resolve.h), and the contents below.
Expected<ModelFiles> plain_model_files(const std::string& path, const TrustSettings& trust);

// Checks what `trust` asks for; then adds the task of an engine and the files in it. The parts of
// a bundle likewise.
Status add_contents(ModelFiles& files, const TrustSettings& trust);

// Whether a model that is no bundle takes tensors. Else it is a language model; so is taken a file
// of no known format, whose reader says what is wrong with it.
bool takes_tensors(const ModelFiles& files);

}  // namespace hone
