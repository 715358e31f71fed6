#include "text_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hone::cli {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

TEST(EncodeChat, ABaseModelSaysHowItCouldChat) {
  TextModel base;
  base.name = "base";
  const auto refused = encode_chat(base, {});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().text(), HasSubstr("base has no chat template"));
  EXPECT_THAT(refused.error().text(), HasSubstr("; use 'hone run'"));
}

TEST(EncodeChat, ATemplateThatCannotBeRunSaysWhatToDoInstead) {
  TextModel model;
  model.format.error = Error{Code::unsupported, "there is no 'include'", "m.gguf"};
  const auto refused = encode_chat(model, {});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().text(), HasSubstr("include"));
  EXPECT_THAT(refused.error().text(), HasSubstr("--template NAME speaks to the model in another"));
  EXPECT_THAT(refused.error().text(), EndsWith("hone run --raw in none"));
}

}  // namespace
}  // namespace hone::cli
