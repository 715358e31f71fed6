#include "frontend/tflite/import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "frontend/tflite/node_import.h"

namespace hone::tflite {
namespace {

using testing::HasSubstr;

TEST(TfliteImport, EveryMissingOperatorIsNamedAtOnce) {
  const auto file = ModelFile::open(HONE_SOURCE_DIR "/fuzz/corpus/tflite/newer.tflite");
  ASSERT_TRUE(file) << file.error().text();
  const auto imported = import_model(file->model);
  ASSERT_FALSE(imported);
  const std::string text = imported.error().text();
  EXPECT_THAT(text, HasSubstr("hone does not know these operators: "));
  EXPECT_THAT(text, HasSubstr("operator 30000, which is newer than hone's schema ('external')"));
}

TEST(TfliteImport, OperatorsAreMappedOnce) {
  std::set<std::pair<BuiltinOperator, std::string_view>> seen;
  for (const TfliteOp* op : all_tflite_ops()) {
    EXPECT_TRUE(seen.insert({op->op, op->custom}).second) << schema::name_of(op->op);
  }
  EXPECT_GT(seen.size(), 80u);
}

}  // namespace
}  // namespace hone::tflite
