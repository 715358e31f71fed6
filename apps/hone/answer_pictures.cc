#include "answer_pictures.h"

#include "drawn_pictures.h"

namespace hone::cli {
namespace {

std::string line_of(const PictureName& name, const PictureAnswer& answer) {
  Json object = name.json();
  for (const Json::Member& member : *answer.json.as_object()) object.set(member.name, member.value);
  return object.write() + "\n";
}

// Under the picture's name where there are several.
std::string text_of(const PictureName& name, const PictureAnswer& answer,
                    const PictureList& pictures) {
  return pictures.several() ? cat(name.text(), "\n", answer.text) : answer.text;
}

}  // namespace

Expected<int> answer_pictures(const PictureList& pictures, const TaskRun& with,
                              const PictureTask& task) {
  HONE_TRY(DrawnPictures drawn, DrawnPictures::create(with.options.out, pictures));
  HONE_TRY(DrawnPictures masks, DrawnPictures::create(with.options.mask, pictures, ".png"));
  const auto work = [&](const PictureName& name, Image image) -> Status {
    HONE_TRY_CONTEXT(PictureAnswer answer, task(image), name.text());
    HONE_RETURN_IF_ERROR(with.context.console.print(
        with.run.json ? line_of(name, answer) : text_of(name, answer, pictures)));
    if (masks.wanted() && answer.mask) HONE_RETURN_IF_ERROR(masks.write(name, *answer.mask));
    if (!drawn.wanted() || !answer.draw) return {};
    answer.draw(image);
    return drawn.write(name, image);
  };
  HONE_TRY(const int status, for_each_picture(pictures, with.context, work));
  HONE_RETURN_IF_ERROR(drawn.finish());
  HONE_RETURN_IF_ERROR(masks.finish());
  return status;
}

}  // namespace hone::cli
