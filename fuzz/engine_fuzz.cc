// The records of an engine as its parser sees them behind the hashes: by the first byte a program,
// plan, tokenizer, manifest, ...; what passes the checks is written again and must read as the
// same.
#include <cstdint>
#include <cstdlib>

#include "engine/check_program.h"
#include "engine/fields.h"
#include "engine/format.h"

namespace {

using namespace hone;

template <class T>
void read(Bytes bytes, Status (*check)(const T&)) {
  const Expected<T> value = read_record<T>(bytes);
  if (!value || (check != nullptr && !check(*value))) return;
  const std::string once = write_record(*value);
  const Expected<T> again = read_record<T>(as_bytes(once));
  if (!again || write_record(*again) != once) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const Bytes record(reinterpret_cast<const std::byte*>(data) + 1, size - 1);
  switch (data[0] % 8) {
    case 0:
      read<Program>(record, check_program);
      break;
    case 1:
      read<Plan>(record, check_plan);
      break;
    case 2:
      read<TokenizerData>(record, check_tokenizer);
      break;
    case 3:
      read<EngineManifest>(record, nullptr);
      break;
    case 4:
      read<EngineWeights>(record, nullptr);
      break;
    case 5:
      read<EngineInterface>(record, nullptr);
      break;
    case 6:
      read<LanguageModelInfo>(record, nullptr);
      break;
    default:
      read<EngineProvenance>(record, nullptr);
  }
  return 0;
}
