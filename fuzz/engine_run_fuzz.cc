// Whole engines whose hashes are right: fields of their records are changed one by one, the frame
// is made anew around them, and what still opens is run. The reader's checks must hold whatever the
// runtime builds on.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <random>

#include "base/thread_pool.h"
#include "engine/engine_file.h"
#include "engine/fields.h"
#include "llm/generate/language_model.h"
#include "runtime/program_session.h"

namespace {

using namespace hone;

constexpr uint64_t kMostWork = uint64_t{1} << 14;  // elements of an input
constexpr size_t kHeader = sizeof(EngineHeader);

struct Section {
  EngineSection about;
  std::string content;
};

// ---- the frame ----

std::vector<Section> sections_of(Bytes file) {
  EngineHeader header;
  if (file.size() < kHeader) return {};
  std::memcpy(&header, file.data(), kHeader);
  if (header.manifest_offset > file.size()) return {};
  const auto manifest = read_record<EngineManifest>(file.subspan(header.manifest_offset));
  if (!manifest) return {};
  std::vector<Section> sections;
  for (const EngineSection& one : manifest->sections) {
    if (one.offset > file.size() || one.bytes > file.size() - one.offset) return {};
    sections.push_back({one, std::string(as_text(file.subspan(one.offset, one.bytes)))});
  }
  return sections;
}

std::string engine_of(std::vector<Section> sections) {
  std::string file(kHeader, 0);
  EngineManifest manifest;
  for (Section& section : sections) {
    file.resize((file.size() + kEngineAlign - 1) / kEngineAlign * kEngineAlign);
    section.about.offset = file.size();
    section.about.bytes = section.content.size();
    file += section.content;
    manifest.sections.push_back(section.about);
  }
  std::vector<Sha256Digest> digests;
  for (size_t at = kHeader; at < file.size(); at += kEngineMaxChunk) {
    digests.push_back(sha256(as_bytes(std::string_view(file).substr(at, kEngineMaxChunk))));
  }
  for (size_t i = 0; i < digests.size(); ++i) {
    const uint64_t left = file.size() - kHeader - i * kEngineMaxChunk;
    manifest.chunks.push_back(
        {std::min(left, kEngineMaxChunk), std::as_bytes(std::span(digests[i]))});
  }
  const std::string record = write_record(manifest);
  EngineHeader header;
  header.manifest_offset = file.size();
  header.manifest_bytes = record.size();
  header.digest = engine_digest(header, as_bytes(record));
  std::memcpy(file.data(), &header, kHeader);
  return file + record;
}

// ---- changes of a record, without knowing what it is ----

using Random = std::mt19937;

struct Part {
  uint16_t tag;
  std::string bytes;
};

// The fields of a record (a tag before each), or the items of a list; nothing if it is neither.
std::vector<Part> parts_of(std::string_view bytes, bool tagged) {
  std::vector<Part> parts;
  ByteReader reader(as_bytes(bytes));
  while (reader.ok() && reader.remaining() > 0) {
    const uint16_t tag = tagged ? reader.u16() : uint16_t{0};
    parts.push_back({tag, std::string(as_text(reader.take(reader.u32())))});
  }
  return reader.ok() ? parts : std::vector<Part>();
}

std::string text_of(const std::vector<Part>& parts, bool tagged) {
  std::string out;
  for (const Part& part : parts) {
    const auto size = static_cast<uint32_t>(part.bytes.size());
    if (tagged) out.append(reinterpret_cast<const char*>(&part.tag), sizeof part.tag);
    out.append(reinterpret_cast<const char*>(&size), sizeof size);
    out += part.bytes;
  }
  return out;
}

// A number of the sizes that fields have: small, negative, or so large that a tensor of that size
// is refused; what lies between would be computed, and take its time.
std::string changed_number(std::string bytes, Random& random) {
  static constexpr int64_t kNumbers[] = {
      0, 1, 2, 3, 4, 7, 8, 16, -1, INT64_MAX, INT64_MIN, int64_t{1} << 40, -2, 64, 31};
  const bool wide = bytes.size() % 8 == 0 && random() % 2 == 0;
  const size_t width = wide ? 8 : bytes.size() % 4 == 0 ? 4 : 1;
  if (bytes.empty()) return bytes;
  const size_t at = random() % (bytes.size() / width) * width;
  int64_t value = kNumbers[random() % std::size(kNumbers)];
  if (random() % 3 == 0) {
    uint64_t old = 0;
    std::memcpy(&old, bytes.data() + at, width);
    value = static_cast<int64_t>(old + random() % 5 - 2);
  }
  std::memcpy(bytes.data() + at, &value, width);
  return bytes;
}

std::string changed(const std::string& bytes, Random& random, int depth);

// One of the parts changed, doubled, left out or put in another's place.
std::string changed_parts(std::vector<Part> parts, bool tagged, Random& random, int depth) {
  const size_t at = random() % parts.size(), other = random() % parts.size();
  switch (random() % 16) {
    case 0:
      parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(at));
      break;
    case 1:
      if (!tagged) parts.push_back(parts[at]);
      break;
    case 2:
      std::swap(parts[at].bytes, parts[other].bytes);
      break;
    case 3:
      parts[at].bytes = parts[other].bytes;
      break;
    default:
      parts[at].bytes = changed(parts[at].bytes, random, depth + 1);
  }
  return text_of(parts, tagged);
}

std::string changed(const std::string& bytes, Random& random, int depth) {
  constexpr int kDeepest = 12;
  const bool tagged = random() % 2 == 0;
  for (const bool as_record : {tagged, !tagged}) {
    const std::vector<Part> parts = parts_of(bytes, as_record);
    if (!parts.empty() && depth < kDeepest) return changed_parts(parts, as_record, random, depth);
  }
  return changed_number(bytes, random);
}

// Mostly what is computed.
Section& one_of(std::vector<Section>& sections, Random& random) {
  const auto computes = [](const Section& section) {
    return section.about.kind == section_kind::kProgram ||
           section.about.kind == section_kind::kPlan;
  };
  const auto found = std::ranges::find_if(sections, computes);
  const bool any = found == sections.end() || random() % 4 == 0;
  return any ? sections[random() % sections.size()] : *found;
}

// ---- using one ----

Expected<std::vector<RunValue>> inputs_of(const Program& program) {
  std::vector<RunValue> inputs;
  for (const int32_t input : program.inputs) {
    const TensorType& type = program.values[static_cast<size_t>(input)].type.tensor;
    std::vector<int64_t> sizes;
    for (const Dim& dim : type.shape) sizes.push_back(dim.is_symbol() ? 2 : dim.value());
    HONE_TRY(const int64_t bytes, checked_bytes(type.dtype, Dims(sizes)));
    if (bytes > static_cast<int64_t>(kMostWork) * 8) return fail(Code::limit_exceeded, "large");
    HONE_TRY(Tensor tensor, Tensor::allocate(type.dtype, Dims(sizes)));
    inputs.emplace_back(std::move(tensor));
  }
  return inputs;
}

void run_program(const EngineFile& engine, ThreadPool& pool) {
  auto program = engine.program();
  if (!program) return;
  (void)engine.interface();
  const auto weights = engine.weights_of(*program);
  const auto inputs = inputs_of(*program);
  if (!weights || !inputs) return;
  auto session = ProgramSession::open(*std::move(program), *weights, pool, {.max_iterations = 64});
  if (!session) return;
  (void)session->run(*inputs);
  (void)session->run(*inputs);
}

void run_language_model(const EngineFile& engine, ThreadPool& pool) {
  auto plan = engine.plan();
  auto info = engine.language_model();
  if (!plan || !info) return;
  (void)engine.tokenizer();
  const auto weights = engine.weights_of(*plan);
  const StateLimits state{.positions = 64, .sequences = 1};
  if (!weights || StateStore::bytes_of(*plan, state) > (1 << 28)) return;
  auto session = Session::open(*std::move(plan), *weights, pool, {.state = state});
  if (!session) return;
  auto model = LanguageModel::open(*std::move(session), *std::move(info));
  if (model) (void)model->evaluate(std::vector<int32_t>{3, 1, 4}, 0);
}

}  // namespace

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t most);

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t most,
                                          unsigned int seed) {
  const Bytes file(reinterpret_cast<const std::byte*>(data), size);
  std::vector<Section> sections = sections_of(file);
  if (sections.empty()) return LLVMFuzzerMutate(data, size, most);
  Random random(seed);
  for (uint32_t i = 0; i <= random() % 3; ++i) {
    Section& section = one_of(sections, random);
    const bool raw = section.about.kind == section_kind::kWeightData;
    section.content = raw ? changed_number(std::move(section.content), random)
                          : changed(section.content, random, 0);
  }
  const std::string made = engine_of(std::move(sections));
  if (made.size() > most) return size;
  std::memcpy(data, made.data(), made.size());
  return made.size();
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static ThreadPool pool(1);
  const int file = ::memfd_create("engine", MFD_CLOEXEC);
  if (file < 0) return 0;
  if (::write(file, data, size) == static_cast<ssize_t>(size)) {
    const auto engine = EngineFile::open(cat("/proc/self/fd/", file));
    if (engine) {
      run_program(*engine, pool);
      run_language_model(*engine, pool);
    }
  }
  ::close(file);
  return 0;
}
