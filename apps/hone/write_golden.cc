#include "write_golden.h"

#include <filesystem>

#include "base/json.h"
#include "base/process.h"
#include "base/thread_pool.h"
#include "device/probe/limits.h"
#include "engine/fields.h"
#include "engine/write.h"
#include "golden_samples.h"
#include "model_access.h"

namespace hone::cli {
namespace {

constexpr double kMegabyte = 1e6;

class TemporaryFile {
 public:
  explicit TemporaryFile(std::string path) : path_(std::move(path)) {}
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Status write_with(const EngineFile& engine, const EngineGolden& golden, const std::string& path) {
  HONE_TRY(EngineWriter writer, EngineWriter::create(path));
  HONE_RETURN_IF_ERROR(writer.copy(engine));
  const std::string record = write_record(golden);
  HONE_RETURN_IF_ERROR(writer.add(section_kind::kGolden, {}, {}, as_bytes(record)));
  return writer.finish();
}

double number_of(const Json& json, std::string_view name) {
  const Json* found = json.find(name);
  return found == nullptr ? 0 : found->as_double().value_or(0);
}

// What the first sample that fails says.
std::unexpected<Error> refusal_of(const Json& golden) {
  const Json* samples = golden.find("samples");
  if (samples != nullptr && samples->as_array() != nullptr) {
    for (const Json& sample : *samples->as_array()) {
      const Json *wrong = sample.find("wrong"), *name = sample.find("name");
      if (wrong == nullptr || name == nullptr) continue;
      return fail(Code::invalid_argument, "golden sample '", *name->as_string(),
                  "': the engine gives other outputs (", *wrong->as_string(), ": ",
                  number_of(sample, "error"), " of the range, and the bound is ",
                  number_of(sample, "bound"), ")");
    }
  }
  return fail(Code::internal, "the golden samples cannot be run");
}

// Another process runs the samples: it holds what a run on a device holds, and no compiler.
Expected<GoldenSummary> measure(const std::string& path, int threads, Context& context) {
  std::string out;
  hone::Command command{
      .argv = {"/proc/self/exe", "verify", path, "--golden", "--json", "-t", cat(threads)}};
  command.on_output = [&](Bytes bytes) {
    out += as_text(bytes);
    return Status();
  };
  command.on_tick = [&] { return context.interrupt.check(); };
  HONE_TRY(const ProcessResult result, run_process(command));
  const auto told = Json::parse(out);
  const Json* golden = told ? told->find("golden") : nullptr;
  if (golden == nullptr) {
    return fail(Code::internal, "'hone verify --golden' ended with status ", result.exit_status,
                ": ", printable(trim(result.errors), 1000));
  }
  if (result.exit_status != 0) return refusal_of(*golden);
  return GoldenSummary{.latency_ms = number_of(*golden, "latency_p95_ms"),
                       .memory_bytes = static_cast<uint64_t>(number_of(*golden, "memory_bytes"))};
}

void set_budgets(EngineGolden& golden, const GoldenWish& wish, const GoldenSummary& measured) {
  golden.measured_latency_ms = measured.latency_ms;
  golden.measured_memory_bytes = measured.memory_bytes;
  golden.latency_ms = wish.latency_ms.value_or(
      std::max(kLatencyAllowance * measured.latency_ms, measured.latency_ms + kLatencyRoom));
  const double memory = kMemoryAllowance * static_cast<double>(measured.memory_bytes) + kMemoryRoom;
  golden.memory_bytes =
      static_cast<uint64_t>(wish.memory_mb ? *wish.memory_mb * kMegabyte : memory);
}

}  // namespace

Expected<GoldenSummary> write_golden(const std::string& path, const GoldenWish& wish,
                                     const std::string& out, Context& context) {
  const int threads = wish.threads > 0 ? wish.threads : available_processors();
  HONE_TRY(const ModelFiles files, one_model(path, Network::forbidden, context));
  HONE_TRY(const EngineFile engine, EngineFile::open(path));
  HONE_TRY(GoldenSet set, golden_samples(wish.samples, files, threads));
  const GoldenRun run{files, threads, [&] { return context.interrupt.requested(); }};
  HONE_RETURN_IF_ERROR(complete_golden(run, set));
  set.golden.threads = threads;
  set.golden.measured_on = processor_name();
  const TemporaryFile unbound(cat(path, ".golden"));
  HONE_RETURN_IF_ERROR(write_with(engine, set.golden, unbound.path()));
  HONE_TRY(GoldenSummary summary, measure(unbound.path(), threads, context));
  set_budgets(set.golden, wish, summary);
  HONE_RETURN_IF_ERROR(write_with(engine, set.golden, out));
  summary.samples = set.golden.samples.size();
  return summary;
}

}  // namespace hone::cli
