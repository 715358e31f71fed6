#include <algorithm>
#include <cctype>
#include <cmath>

#include "base/json.h"
#include "media/video.h"
#include "media/video_programs.h"

namespace hone {
namespace {

using namespace std::string_view_literals;

constexpr size_t kMaxAnswer = 1 << 20;
constexpr double kUsualRate = 25;  // ffmpeg's own where a file tells none
constexpr double kMostRate = 1000;

struct Start {
  std::string_view begin;
  size_t at;
};
constexpr Start kStarts[] = {
    {"moov"sv, 4}, {"mdat"sv, 4}, {"\x1a\x45\xdf\xa3"sv, 0}, {"AVI "sv, 8}, {"\0\0\1\xba"sv, 0},
    {"FLV"sv, 0},  {"GIF8"sv, 0},
};
// Brands of ISO files that are pictures.
constexpr std::string_view kStillBrands[] = {"avif", "heic", "heix", "mif1"};
constexpr std::string_view kWritten[] = {".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".gif"};

const std::string* text_member(const Json& object, std::string_view name) {
  const Json* member = object.find(name);
  return member == nullptr ? nullptr : member->as_string();
}

// "30000/1001"; 0 if there is none.
double rate_of(const Json& stream, std::string_view name) {
  const std::string* text = text_member(stream, name);
  if (text == nullptr) return 0;
  const std::vector<std::string_view> parts = split(*text, '/');
  const auto above = parse_double(parts[0]), below = parse_double(parts.back());
  if (parts.size() != 2 || !above || !below || !(*above > 0) || !(*below > 0)) return 0;
  return *above / *below;
}

double seconds_of(const Json& object) {
  const std::string* text = text_member(object, "duration");
  const auto seconds = text == nullptr ? std::nullopt : parse_double(*text);
  return seconds && std::isfinite(*seconds) && *seconds > 0 ? *seconds : 0;
}

// The finest rate is every frame's, but where frames come unevenly it is far above what there is.
double usable_rate(const Json& stream) {
  const double finest = rate_of(stream, "r_frame_rate"), mean = rate_of(stream, "avg_frame_rate");
  const bool uneven = finest > 70 && mean > 0 && mean < 0.7 * finest;
  const double rate = uneven || finest == 0 ? mean : finest;
  return rate > 0 ? std::min(rate, kMostRate) : kUsualRate;
}

Expected<VideoInfo> parse_answer(const std::string& answer, const std::string& path) {
  HONE_TRY_CONTEXT(const Json json, Json::parse(answer), "ffprobe");
  const Json* streams = json.find("streams");
  if (streams == nullptr || streams->as_array() == nullptr || streams->as_array()->empty()) {
    return std::unexpected(Error{Code::corrupt, "there are no pictures in this file", path});
  }
  const Json& stream = (*streams->as_array())[0];
  VideoInfo info{.frames_per_second = usable_rate(stream), .seconds = seconds_of(stream)};
  const Json* format = json.find("format");
  if (info.seconds == 0 && format != nullptr) info.seconds = seconds_of(*format);
  return info;
}

}  // namespace

Expected<VideoInfo> probe_video(const std::string& path, const VideoPrograms& programs) {
  HONE_RETURN_IF_ERROR(check_video_file(path));
  std::string answer;
  Command command{.argv = {programs.ffprobe, "-v", "error", "-protocol_whitelist", "file",
                           "-select_streams", "v:0", "-show_entries",
                           "stream=avg_frame_rate,r_frame_rate,duration:"
                           "format=duration",
                           "-max_pixels", cat(kMaxVideoPixels), "-of", "json", "file:" + path},
                  .limit = kVideoSilence};
  command.on_output = [&](Bytes bytes) -> Status {
    answer += as_text(bytes);
    return answer.size() <= kMaxAnswer ? Status{} : fail(Code::corrupt, "ffprobe talks too much");
  };
  const auto result = run_process(command);
  if (!result) return std::unexpected(video_program_error(result.error(), programs.ffprobe, path));
  if (result->exit_status != 0) return std::unexpected(unreadable_video(result->errors, path));
  return parse_answer(answer, path);
}

bool is_video(Bytes file) {
  const std::string_view text = as_text(file.first(std::min<size_t>(file.size(), 16)));
  if (text.size() < 12) return false;
  if (text.substr(4, 4) == "ftyp") {
    return std::ranges::find(kStillBrands, text.substr(8, 4)) == std::end(kStillBrands);
  }
  return std::ranges::any_of(
      kStarts, [&](const Start& start) { return text.substr(start.at).starts_with(start.begin); });
}

bool is_video_name(std::string_view path) {
  const size_t dot = path.rfind('.');
  std::string end(dot == path.npos ? "" : path.substr(dot));
  std::ranges::transform(end, end.begin(), [](unsigned char c) { return std::tolower(c); });
  return std::ranges::find(kWritten, end) != std::end(kWritten);
}

}  // namespace hone
