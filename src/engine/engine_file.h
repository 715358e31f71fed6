// EngineFile: an engine mapped read-only. Nothing is read before its hash was checked, but for the
// weights that are numbers to compute with (engine/steering.h), which check_all() checks.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "engine/format.h"
#include "engine/golden.h"
#include "engine/language_model_info.h"
#include "engine/packs.h"
#include "engine/program.h"
#include "engine/steering.h"
#include "engine/tokenizer_data.h"
#include "engine/tuning.h"
#include "engine/weight_map.h"

namespace hone {

// Which of an engine's targets, by name, the device that runs it is nearest to: an index.
using ChooseTarget = std::function<size_t(std::span<const std::string> names)>;

// Whether these are the first bytes of an engine.
bool is_engine(Bytes file);

// Copies share the file; what its functions return points into it. One thread at a time.
class EngineFile {
 public:
  // corrupt for what is no engine, cut or changed; unsupported for a newer format.
  static Expected<EngineFile> open(const std::string& path);
  static Expected<EngineFile> open(std::shared_ptr<const MappedFile> file);

  const std::string& path() const { return file_->path(); }
  const std::shared_ptr<const MappedFile>& file() const { return file_; }
  const EngineHeader& header() const { return header_; }
  const std::vector<EngineSection>& sections() const { return manifest_.sections; }
  const std::vector<EngineChunk>& chunks() const { return manifest_.chunks; }
  uint64_t bytes() const { return file_->bytes().size(); }
  // Everything but the signatures; these, unchecked (engine/signature.h).
  Bytes unsigned_bytes() const;
  const std::vector<EngineSignature>& signatures() const { return signatures_.signatures; }

  bool holds(std::string_view kind, std::string_view part = {}, std::string_view role = {}) const {
    return find(kind, part, role) != nullptr;
  }
  // The bytes of a section whose hashes fit; not_found, untrusted.
  Expected<Bytes> section(std::string_view kind, std::string_view part = {},
                          std::string_view role = {}) const;

  // Checked so that no index in them leads outside. Weights that are stored in several layouts are
  // read in that of the chosen target; of the first, if nobody chooses.
  Expected<Program> program(std::string_view part = {}, const ChooseTarget& choose = {}) const;
  Expected<Plan> plan(std::string_view part = {}, const ChooseTarget& choose = {}) const;
  Expected<EngineInterface> interface(std::string_view part = {}) const;
  Expected<LanguageModelInfo> language_model(std::string_view part = {}) const;
  Expected<TokenizerData> tokenizer(std::string_view part = {}) const;
  Expected<EngineProvenance> provenance() const;
  Expected<EngineGolden> golden(std::string_view part = {}) const;
  // Those of all processors and builds; none if it holds none.
  Expected<std::vector<Tuning>> tunings() const;
  // Its weights' names, layouts, places and targets, as they stand there.
  Expected<EngineWeights> weight_index(std::string_view part = {}) const;
  // Views of the mapped file, each in its layout; unhashed, for those who do not run them.
  Expected<WeightMap> weights(std::string_view part = {}) const;
  // The same, where the hashes of those fit that steer this program or plan.
  Expected<WeightMap> weights_of(const Program& program, std::string_view part = {}) const;
  Expected<WeightMap> weights_of(const Plan& plan, std::string_view part = {}) const;

  // Every byte against its hash; untrusted with the first that differs. An error of `progress` ends
  // it.
  Status check_all(const std::function<Status(uint64_t done, uint64_t total)>& progress = {}) const;

 private:
  const EngineSection* find(std::string_view kind, std::string_view part,
                            std::string_view role = {}) const;
  Status read_frame();
  Status read_signatures();
  Status check_chunks();
  Status check_sections();
  Status check_chunk(size_t index) const;
  Status check_bytes(uint64_t offset, uint64_t bytes) const;
  Expected<WeightPacks> packs(std::string_view part, const ChooseTarget& choose) const;
  Expected<WeightMap> checked_weights(const WeightNames& names, std::string_view part) const;
  template <class T>
  Expected<T> read(std::string_view kind, std::string_view part) const;

  std::shared_ptr<const MappedFile> file_;
  EngineHeader header_;
  EngineManifest manifest_;
  EngineSignatures signatures_;
  std::vector<uint32_t> by_name_;      // sections by kind, part and role
  std::vector<uint64_t> begins_;       // of chunks, and where the last ends
  mutable std::vector<bool> checked_;  // by chunk
};

}  // namespace hone
