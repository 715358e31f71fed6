// What to do when a file that hone has mapped is cut short by another program.
#pragma once

namespace hone::cli {

// Reading behind the new end raises SIGBUS: from now on that ends the process with one sentence
// that names the file and the place, and the exit status of a corrupt file.
void end_on_shortened_file();

}  // namespace hone::cli
