#include "tune_program.h"

#include "backend/cpu/processor.h"
#include "base/machine.h"
#include "open/load_program.h"
#include "status_line.h"
#include "typical_inputs.h"

namespace hone::cli {
namespace {

// "images [1, 3, 1, 1]": inputs whose sizes the model leaves open, and those that are measured.
std::string open_sizes(const LoadedProgram& model, std::span<const RunValue> inputs) {
  std::string text;
  for (size_t i = 0; i < inputs.size() && i < model.inputs.size(); ++i) {
    const Type& type = model.inputs[i].type;
    if (!type.is_tensor() || is_static(type.tensor.shape)) continue;
    text += cat(text.empty() ? "" : ", ", printable(model.inputs[i].name, 100), " ",
                to_text(inputs[i].tensor.dims().shape(), {}));
  }
  return text;
}

}  // namespace

Expected<TunedProgram> tune_program(const ModelFiles& files, const TuneRequest& request,
                                    Context& context) {
  HONE_TRY(LoadedProgram model, load_program(files, {.threads = request.threads,
                                                     .will_tune = true,
                                                     .precision = request.precision,
                                                     .skip_passes = request.skip_passes}));
  HONE_TRY(const std::vector<RunValue> inputs, usual_inputs(model, files, request.inputs));
  const std::string open = request.inputs.empty() ? open_sizes(model, inputs) : std::string();
  if (!open.empty()) {
    context.console.note(cat("the model leaves sizes open; measuring ", open,
                             " (other sizes: --shapes at compile, --input at tune)\n"));
  }
  Tuning known{.processor = processor_key(), .build = build_id(), .choices = {}};
  if (request.known != nullptr) known = *request.known;
  StatusLine line(context.console);
  const auto progress = [&](size_t done, size_t total) {
    line.show(cat("tuning: ", done, " of ", total, " kinds of steps"));
    return !context.interrupt.requested();
  };
  HONE_TRY(Tuned tuned, tune(*model.session, inputs, known,
                             {.seconds = request.seconds, .now_s = {}, .progress = progress}));
  return TunedProgram{std::move(tuned), model.digest};
}

std::string tune_text(const TuneReport& report) {
  std::string text = cat("tuned ", report.tuned, " of ", report.steps, " steps");
  if (report.timed_out) text += " as far as the time went";
  const std::string times =
      cat(fixed(report.before_us / 1000, 3), " to ", fixed(report.after_us / 1000, 3), " ms");
  if (report.dropped) {
    return text + cat(": what was faster by itself was not clearly so together (", times,
                      "), and nothing was changed");
  }
  if (report.changed == 0) return text + ", all kept the usual kernel";
  text += cat(", ", report.changed, " kept another kernel");
  if (report.before_us == 0) return text + ", as known before";
  return text + cat(", ", fixed(100 * (report.before_us / report.after_us - 1), 1), " % faster (",
                    times, ")");
}

}  // namespace hone::cli
