#include "dump_passes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "backend/cpu/target.h"
#include "base/file.h"
#include "base/text.h"
#include "ir/text.h"
#include "support/scratch_folder.h"

namespace hone::cli {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kGraph =
    "graph \"two\" & <three>\n"
    "input %x : f32[4]\n"
    "const %two : f32[] = 2\n"
    "const %three : f32[] = 3\n"
    "%six = binary(%two, %three) {kind=mul} : f32[]\n"
    "%dead = binary(%x, %two) {kind=add} : f32[4]\n"
    "%y = binary(%x, %six) {kind=mul} : f32[4]\n"
    "output %y\n";

class DumpPasses : public testing::Test {
 protected:
  void dump(std::vector<std::string> skip = {}) {
    auto graph = ir::parse_text(kGraph);
    ASSERT_TRUE(graph) << graph.error().text();
    PassDump dump;
    const auto made = passes::run_pipeline(
        std::move(*graph), cpu_target(),
        {.skip = std::move(skip),
         .observe = [&](const passes::PassResult& result) { dump.take(result); }});
    ASSERT_TRUE(made) << made.error().text();
    const Status written = dump.write(folder(), "a \"model\" & <more>");
    ASSERT_TRUE(written) << written.error().text();
    page_ = read_file(folder() + "/index.html").value();
  }
  std::string folder() const { return scratch_.path() + "/new/passes"; }
  std::string text(std::string_view file) const {
    return read_file(cat(folder(), "/", file)).value_or("");
  }

  test::ScratchFolder scratch_;
  std::string page_;
};

TEST_F(DumpPasses, EachPassLeavesItsGraphAsText) {
  dump();
  EXPECT_THAT(text("00_imported.hir"), HasSubstr("%six = binary"));
  EXPECT_THAT(text("00_imported.hir"), HasSubstr("%dead"));
  const std::string last =
      text(cat(passes::all_passes().size(), "_", passes::all_passes().back().name, ".hir"));
  EXPECT_THAT(last, HasSubstr("const %six"));
  EXPECT_THAT(last, Not(HasSubstr("%dead")));
  EXPECT_TRUE(ir::parse_text(last));
  size_t files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder())) ++files;
  EXPECT_EQ(files, passes::all_passes().size() + 2);
}

TEST_F(DumpPasses, WhatAnEarlierDumpLeftIsGone) {
  dump();
  const std::string own = folder() + "/notes_2.hir";
  ASSERT_TRUE(write_file_atomic(own, "a person's"));
  dump({"fold_constants"});
  std::set<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder())) {
    files.insert(entry.path().filename().string());
  }
  // A graph a pass and the first one, but for the one left out; the page; what is no dump's.
  EXPECT_EQ(files.size(), passes::all_passes().size() + 2);
  EXPECT_TRUE(file_exists(own));
}

TEST_F(DumpPasses, ThePageDrawsEachGraphThatDiffersAndMarksWhatChanged) {
  dump();
  size_t drawings = 0;
  for (size_t at = 0; (at = page_.find("<svg ", at)) != page_.npos; ++at) ++drawings;
  std::set<std::string> texts;
  for (const auto& entry : std::filesystem::directory_iterator(folder())) {
    if (entry.path().extension() == ".hir") texts.insert(read_file(entry.path().string()).value());
  }
  EXPECT_GE(drawings, 3u);
  EXPECT_LE(drawings, texts.size());
  EXPECT_THAT(page_, HasSubstr("class=\"b op gone\""));
  EXPECT_THAT(page_, HasSubstr("class=\"b op changed\""));
  for (const passes::Pass& pass : passes::all_passes()) {
    EXPECT_THAT(page_, HasSubstr(cat("<td>", pass.name, "</td>")));
  }
}

TEST_F(DumpPasses, ThePageNeedsNothingElseAndBelievesNoName) {
  dump();
  for (const char* outside : {"src=", "href=", "@import", "url(", "fetch("}) {
    EXPECT_THAT(page_, Not(HasSubstr(outside)));
  }
  // The only address is the name of SVG's elements.
  for (size_t at = 0; (at = page_.find("http", at)) != page_.npos; ++at) {
    EXPECT_EQ(page_.substr(at, 26), "http://www.w3.org/2000/svg");
  }
  EXPECT_THAT(page_, HasSubstr("a &quot;model&quot; &amp; &lt;more&gt;"));
  EXPECT_THAT(page_, Not(HasSubstr("<more>")));
}

TEST_F(DumpPasses, APassThatIsLeftOutIsNotShown) {
  dump({"fold_constants", "fold_but_dequantize"});
  EXPECT_THAT(page_, Not(HasSubstr("<td>fold_constants</td>")));
  EXPECT_THAT(page_, HasSubstr("<td>drop_dead</td>"));
}

TEST(Passes, AnUnknownPassIsAnErrorWithTheNearestName) {
  const auto made = passes::run_pipeline(ir::parse_text(kGraph).value(), cpu_target(),
                                         {.skip = {"fuse_con"}, .observe = {}});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().text(), "there is no pass 'fuse_con'; did you mean 'fuse_conv'?");
}

}  // namespace
}  // namespace hone::cli
