#pragma once

// Text of files in other encodings, as UTF-8.

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace daybook::cli {

bool IsUtf8(absl::string_view text);

// Turns text of one encoding into UTF-8. Only encodings in which ASCII stands for itself, since
// rows are split before they are decoded. Not thread-safe.
class Decoder {
 public:
  // "utf-8", "latin1", "windows-1252", "cp437", "cp850" and whatever else iconv knows.
  // INVALID_ARGUMENT otherwise.
  static absl::StatusOr<Decoder> Create(const std::string& encoding);
  Decoder(Decoder&& other) noexcept;
  Decoder& operator=(Decoder&&) = delete;
  ~Decoder();

  // `text` as UTF-8, valid until the next call or the end of `text`. INVALID_ARGUMENT names the
  // byte that fits not.
  absl::StatusOr<absl::string_view> Decode(absl::string_view text);

 private:
  Decoder(std::string encoding, void* converter)
      : encoding_(std::move(encoding)), converter_(converter) {}

  std::string encoding_;
  void* converter_;  // iconv_t; null: UTF-8
  std::string buffer_;
};

}  // namespace daybook::cli
