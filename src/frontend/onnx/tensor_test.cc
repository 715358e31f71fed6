#include "frontend/onnx/tensor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "frontend/onnx/test_proto.h"

namespace hone::onnx {
namespace {

using test::Proto;
using testing::HasSubstr;
using Kind = DataView::Kind;
namespace sequence = field::SequenceProto;
namespace optional = field::OptionalProto;

Proto tensor(std::string_view name) { return Proto().text(field::TensorProto::name, name); }

TEST(OnnxData, SequencesKeepTheirOrder) {
  const std::string bytes = Proto()
                                .text(sequence::name, "list")
                                .add(sequence::tensor_values, tensor("a"))
                                .add(sequence::tensor_values, tensor("b"))
                                .bytes();
  const auto view = parse_sequence(as_bytes(bytes));
  ASSERT_TRUE(view);
  EXPECT_EQ(view->kind, Kind::sequence);
  EXPECT_EQ(view->name, "list");
  ASSERT_EQ(view->elements.size(), 2u);
  EXPECT_EQ(view->elements[1].kind, Kind::tensor);
  EXPECT_EQ(view->elements[1].tensor.name, "b");
}

TEST(OnnxData, OptionalsHoldOneOrNone) {
  const auto none = parse_optional({});
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->elements.empty());
  const Proto list = Proto().add(sequence::tensor_values, tensor("x"));
  const std::string bytes = Proto().add(optional::sequence_value, list).bytes();
  const auto view = parse_optional(as_bytes(bytes));
  ASSERT_TRUE(view);
  ASSERT_EQ(view->elements.size(), 1u);
  EXPECT_EQ(view->elements[0].kind, Kind::sequence);
  EXPECT_EQ(view->elements[0].elements[0].tensor.name, "x");
}

TEST(OnnxData, KindsAreNotMixed) {
  const std::string bytes =
      Proto().add(sequence::tensor_values, tensor("a")).add(sequence::sequence_values, {}).bytes();
  const auto view = parse_sequence(as_bytes(bytes));
  ASSERT_FALSE(view);
  EXPECT_THAT(view.error().message, HasSubstr("one kind"));
}

TEST(OnnxData, DepthIsLimited) {
  Proto list;
  for (int i = 0; i < limits::kValueDepth; ++i) list = Proto().add(sequence::sequence_values, list);
  const auto view = parse_sequence(as_bytes(list.bytes()));
  ASSERT_FALSE(view);
  EXPECT_EQ(view.error().code, Code::limit_exceeded);
}

TEST(OnnxData, EveryDtypeOfTheSchemaIsKnown) {
  using enum DataType;
  for (int number = 0; number < 64; ++number) {
    const auto type = DataType{number};
    const bool lacking = type == UNDEFINED || type == STRING || type == COMPLEX64 ||
                         type == COMPLEX128 || to_string(type) == "?";
    EXPECT_EQ(dtype_of(type).has_value(), !lacking) << to_string(type);
  }
  EXPECT_EQ(dtype_of(INT4), DType::i4);
}

}  // namespace
}  // namespace hone::onnx
