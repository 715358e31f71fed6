// Ops that run between plans: sequences, text, counts of n-grams. What they should give is what
// Python's str.split and NumPy's slicing give; ONNX's own cases run in onnx_conformance.
#include "backend/host_op.h"

#include <gtest/gtest.h>

#include <bit>
#include <limits>
#include <map>

#include "ops/lookup/op.h"
#include "ops/sequence/op.h"
#include "ops/text/op.h"
#include "ops/tfidf/op.h"
#include "ops/unique/op.h"

namespace hone {
namespace {

using Strings = std::vector<std::string>;

template <class T>
RunValue numbers(DType dtype, const std::vector<T>& values, const Dims& dims) {
  Tensor made = Tensor::allocate(dtype, dims).value();
  std::copy(values.begin(), values.end(), made.writable().as<T>());
  return made;
}
RunValue ints(const std::vector<int64_t>& values, const Dims& dims) {
  return numbers(DType::i64, values, dims);
}
RunValue one(int64_t value) { return ints({value}, Dims()); }
RunValue text(Strings strings, const Dims& dims) {
  return Tensor::of_strings(std::move(strings), dims);
}
std::vector<int64_t> elements(const RunValue& value) {
  const ConstView view = value.tensor.view();
  return {view.as<int64_t>(), view.as<int64_t>() + view.dims.elements()};
}

Expected<std::vector<RunValue>> run(std::string_view op, const Attrs& attrs,
                                    const std::vector<RunValue>& operands) {
  std::vector<const RunValue*> pointers;
  for (const RunValue& operand : operands) pointers.push_back(&operand);
  return find_host_op(op)->run(attrs, pointers);
}
Expected<std::vector<RunValue>> sequence(SequenceKind kind, const std::vector<RunValue>& operands) {
  return run("sequence", SequenceAttrs{.kind = kind}, operands);
}

RunValue three() { return RunValue::sequence({one(10).tensor, one(11).tensor, one(12).tensor}); }

TEST(HostOps, PositionsOfASequenceCountFromBothEnds) {
  for (const auto& [position, value] :
       std::map<int64_t, int64_t>{{0, 10}, {2, 12}, {-1, 12}, {-3, 10}}) {
    const auto at = sequence(SequenceKind::at, {three(), one(position)});
    ASSERT_TRUE(at) << at.error().text();
    EXPECT_EQ(elements((*at)[0]), std::vector{value});
  }
  for (const int64_t position : {int64_t{3}, int64_t{-4}, INT64_MAX, INT64_MIN}) {
    EXPECT_FALSE(sequence(SequenceKind::at, {three(), one(position)}));
    EXPECT_FALSE(sequence(SequenceKind::erase, {three(), one(position)}));
  }
  EXPECT_FALSE(sequence(SequenceKind::at, {three(), text({"0"}, {1})}));
  EXPECT_FALSE(sequence(SequenceKind::at, {one(0), one(0)}));
}

TEST(HostOps, TensorsAreInsertedAndErased) {
  const auto items = [](const Expected<std::vector<RunValue>>& results) {
    std::vector<int64_t> all;
    for (const Tensor& item : results.value()[0].items) all.push_back(elements(item)[0]);
    return all;
  };
  using V = std::vector<int64_t>;
  EXPECT_EQ(items(sequence(SequenceKind::insert, {three(), one(7)})), (V{10, 11, 12, 7}));
  EXPECT_EQ(items(sequence(SequenceKind::insert, {three(), one(7), one(0)})), (V{7, 10, 11, 12}));
  EXPECT_EQ(items(sequence(SequenceKind::insert, {three(), one(7), one(3)})), (V{10, 11, 12, 7}));
  EXPECT_EQ(items(sequence(SequenceKind::insert, {three(), one(7), one(-1)})), (V{10, 11, 7, 12}));
  EXPECT_EQ(items(sequence(SequenceKind::erase, {three()})), (V{10, 11}));
  EXPECT_EQ(items(sequence(SequenceKind::erase, {three(), one(1)})), (V{10, 12}));
  EXPECT_FALSE(sequence(SequenceKind::erase, {RunValue::sequence({})}));
  EXPECT_EQ(elements(sequence(SequenceKind::length, {three()}).value()[0]), V{3});
}

// Lists that share their tensors are of their own all the same.
TEST(HostOps, ALongerSequenceLeavesTheShorterAsItWas) {
  const RunValue first = three();
  const auto a = sequence(SequenceKind::insert, {first, one(7)}).value()[0];
  const auto b = sequence(SequenceKind::insert, {first, one(8)}).value()[0];
  const auto c = sequence(SequenceKind::insert, {a, one(9)}).value()[0];
  const auto items = [](const RunValue& value) {
    std::vector<int64_t> all;
    for (const Tensor& item : value.items) all.push_back(elements(item)[0]);
    return all;
  };
  using V = std::vector<int64_t>;
  EXPECT_EQ(items(first), (V{10, 11, 12}));
  EXPECT_EQ(items(a), (V{10, 11, 12, 7}));
  EXPECT_EQ(items(b), (V{10, 11, 12, 8}));
  EXPECT_EQ(items(c), (V{10, 11, 12, 7, 9}));
}

// Copies of what is there already would take hours.
TEST(HostOps, ASequenceGrowsToItsLimitWithoutCopies) {
  RunValue all = RunValue::sequence({});
  const RunValue item = one(7);
  for (int i = 0; i < 1 << 20; ++i) {
    const RunValue kept = all;  // as the loop around it does
    all = std::move(sequence(SequenceKind::insert, {kept, item}).value()[0]);
  }
  EXPECT_EQ(all.items.size(), size_t{1} << 20);
  const auto more = sequence(SequenceKind::insert, {all, item});
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().code, Code::limit_exceeded);
}

TEST(HostOps, TensorsAreCutAndJoined) {
  const RunValue x = ints({0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, {2, 5});
  const auto cut = [&](std::vector<RunValue> operands) {
    operands.insert(operands.begin(), x);
    return run("sequence", SequenceAttrs{.kind = SequenceKind::split, .axis = -1}, operands);
  };
  const auto parts = cut({one(2)}).value()[0].items;
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_EQ(elements(parts[0]), (std::vector<int64_t>{0, 1, 5, 6}));
  EXPECT_EQ(parts[2].dims(), Dims({2, 1}));
  const auto joined = run("sequence", SequenceAttrs{.kind = SequenceKind::concat, .axis = 1},
                          {RunValue::sequence(parts)});
  EXPECT_EQ(elements(joined.value()[0]), elements(x));
  EXPECT_EQ(cut({ints({1, 4}, {2})}).value()[0].items.size(), 2u);
  EXPECT_FALSE(cut({ints({1, 5}, {2})}));
  EXPECT_FALSE(cut({ints({-1, 6}, {2})}));
  EXPECT_FALSE(cut({one(0)}));
  const auto stacked =
      run("sequence", SequenceAttrs{.kind = SequenceKind::concat, .axis = -1, .new_axis = true},
          {RunValue::sequence({ints({1, 2}, {2}).tensor, ints({3, 4}, {2}).tensor})});
  EXPECT_EQ(elements(stacked.value()[0]), (std::vector<int64_t>{1, 3, 2, 4}));
  EXPECT_FALSE(run("sequence", SequenceAttrs{.kind = SequenceKind::concat},
                   {RunValue::sequence({ints({1, 2}, {2}).tensor, ints({3}, {1, 1}).tensor})}));
}

TEST(HostOps, TextIsSplitAsPythonDoes) {
  const auto split = [](std::string_view delimiter, int64_t most, const std::string& given) {
    TextAttrs attrs;
    attrs.kind = TextKind::split;
    attrs.delimiter = delimiter;
    attrs.most = most;
    return run("text", attrs, {text({given}, {1})}).value()[0].tensor.strings();
  };
  EXPECT_EQ(split("", -1, "  a b\t\nc "), (Strings{"a", "b", "c"}));
  EXPECT_EQ(split("", 1, "  a b c "), (Strings{"a", "b c"}));
  EXPECT_EQ(split(",", -1, "a,,b,"), (Strings{"a", "", "b", ""}));
  EXPECT_EQ(split(",", 1, "a,,b,"), (Strings{"a", ",b,"}));
  EXPECT_EQ(split("--", 0, "a--b"), (Strings{"a--b"}));
  EXPECT_EQ(split("", -1, "   "), Strings{});
}

TEST(HostOps, TextBroadcastsAndCompares) {
  TextAttrs attrs;
  attrs.kind = TextKind::concat;
  const RunValue a = text({"a", "b"}, {2, 1}), b = text({"x", "y", "z"}, {3});
  const auto joined = run("text", attrs, {a, b}).value()[0].tensor;
  EXPECT_EQ(joined.strings(), (Strings{"ax", "ay", "az", "bx", "by", "bz"}));
  EXPECT_EQ(joined.dims(), Dims({2, 3}));
  EXPECT_FALSE(run("text", attrs, {text({"a", "b"}, {2}), b}));
  EXPECT_FALSE(run("text", attrs, {a, one(3)}));
}

TEST(HostOps, NumbersArePrintedAndParsed) {
  TextAttrs attrs;
  attrs.kind = TextKind::print;
  const auto printed = run("text", attrs, {numbers<float>(DType::f32, {0.5f, -1e10f, 3}, {3})});
  EXPECT_EQ(printed.value()[0].tensor.strings(), (Strings{"0.5", "-1e+10", "3"}));
  attrs.kind = TextKind::parse;
  attrs.to = "i64";
  const auto parsed = run("text", attrs, {text({"9007199254740993", " -3.9 "}, {2})});
  EXPECT_EQ(elements(parsed.value()[0]), (std::vector<int64_t>{9007199254740993, -3}));
  for (const std::string bad : {"", "x", "1x", "--1"}) {
    EXPECT_FALSE(run("text", attrs, {text({bad}, {1})})) << bad;
  }
}

TEST(HostOps, ListsOfStringsComeBackWhole) {
  const std::vector<std::string_view> strings{"", "5:x", std::string_view("\0\n", 2)};
  const auto back = decode_list(encode_list(strings));
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, Strings(strings.begin(), strings.end()));
  for (const std::string_view bad : {"5:abc", "x", "3", ":a", "-1:a", "99999999999999999999:a"}) {
    EXPECT_FALSE(decode_list(bad)) << bad;
  }
}

TEST(HostOps, NgramsAreCountedWithSkips) {
  TfidfAttrs attrs;
  attrs.min_length = 1;
  attrs.max_length = 2;
  attrs.max_skip = 1;
  attrs.counts = {0, 2};
  attrs.pool = {2, 3, 5, 4, 5, 6};  // 2; 3; (5, 4); (5, 6)
  attrs.columns = {0, 1, 2, 3};
  const auto count = [&](const RunValue& x) {
    const Tensor y = run("tfidf", attrs, {x}).value()[0].tensor;
    const auto* counts = y.view().as<float>();
    return std::vector<float>(counts, counts + y.dims().elements());
  };
  // (5, 4) stands side by side; (5, 6) with one between.
  EXPECT_EQ(count(ints({2, 5, 4, 6, 2}, {5})), (std::vector<float>{2, 0, 1, 1}));
  attrs.mode = TfidfAttrs::Mode::tfidf;
  for (const float weight : {0.5f, 1.0f, 2.0f, 3.0f}) {
    attrs.weights.push_back(static_cast<int64_t>(std::bit_cast<uint32_t>(weight)));
  }
  EXPECT_EQ(count(ints({2, 5, 4, 6, 2}, {5})), (std::vector<float>{1, 0, 2, 3}));
  attrs.counts = {0, 7};
  EXPECT_FALSE(run("tfidf", attrs, {ints({2}, {1})}));
  attrs.counts = {0, 2};
  attrs.max_skip = INT64_MAX;
  EXPECT_EQ(count(ints({5, 9, 9, 6}, {4})), (std::vector<float>{0, 0, 0, 3}));
}

TEST(HostOps, KeysAreLookedUp) {
  const auto look = [](const RunValue& x, const RunValue& keys) {
    return run("lookup", Attrs(LookupAttrs{}), {x, keys, ints({7, 8, 9}, {3}), one(-1)});
  };
  const RunValue words = text({"a", "", "a"}, {3});
  const auto found = look(text({"", "a", "b"}, {3}), words);
  EXPECT_EQ(elements(found.value()[0]), (std::vector<int64_t>{8, 7, -1}));
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const RunValue keys = numbers<float>(DType::f32, {0.5f, nan, 2}, {3});
  const auto numbered = look(numbers<float>(DType::f32, {2, nan, 0.25f}, {3}), keys);
  EXPECT_EQ(elements(numbered.value()[0]), (std::vector<int64_t>{9, 8, -1}));
  EXPECT_FALSE(look(one(1), words));
  EXPECT_FALSE(look(words, text({"a"}, {1})));
}

// Empty texts have no bytes, but each takes its place in memory.
TEST(HostOps, ATensorOfTooManyStringsIsRefusedBeforeItIsMade) {
  const TextAttrs concat{.kind = TextKind::concat};
  const auto joined = run(
      "text", concat, {text(Strings(1 << 13), {1 << 13, 1}), text(Strings(1 << 12), {1, 1 << 12})});
  ASSERT_FALSE(joined);
  EXPECT_EQ(joined.error().code, Code::limit_exceeded);
  EXPECT_EQ(joined.error().text(), "a tensor of shape [8192, 4096] has more than 16777216 strings");
  EXPECT_FALSE(Tensor::allocate(DType::string, {kMaxStrings + 1}));
  EXPECT_TRUE(Tensor::allocate(DType::string, {4, 5}));
}

TEST(HostOps, UniqueRefusesWhatIsTooLargeToSort) {
  const Tensor x = Tensor::allocate(DType::i8, {(1 << 26) + 1}).value();
  const auto results = run("unique", UniqueAttrs{}, {x});
  ASSERT_FALSE(results);
  EXPECT_EQ(results.error().code, Code::limit_exceeded);
}

}  // namespace
}  // namespace hone
