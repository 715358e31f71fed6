// A conversation on standard input, a line a question: chat MODEL
#include <hone/hone.hpp>
#include <iostream>
#include <string>
#include <vector>

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "chat MODEL\n";
    return 2;
  }
  try {
    hone::Model model = hone::Model::open(argv[1]).value();
    hone::Generator generator = model.generator().value();
    const hone::GenerateOptions options{.max_tokens = 200, .temperature = 0};
    std::vector<hone::Message> messages;
    for (std::string line; std::getline(std::cin, line);) {
      messages.push_back({"user", line});
      std::string answer;
      const auto write = [&](const hone::Piece& piece) {
        answer += piece.text;
        std::cout << piece.text << std::flush;
      };
      generator.chat(messages, write, options).value();  // what was said before is not read again
      std::cout << '\n';
      messages.push_back({"assistant", answer});
    }
  } catch (const hone::Exception& error) {
    std::cerr << "chat: " << error.what() << '\n';
    return 1;
  }
}
