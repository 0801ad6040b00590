#include "projections/key.h"

#include "domain/base/check.h"
#include "domain/base/strings.h"
#include "domain/base/uuid.h"

namespace daybook::projections {

namespace {

constexpr int64_t kDayBias = int64_t{1} << 31;  // 0 is kept for "no day"

}  // namespace

Key& Key::U8(uint8_t v) {
  bytes_.push_back(static_cast<char>(v));
  return *this;
}

Key& Key::U16(uint16_t v) {
  AppendU16(&bytes_, v);
  return *this;
}

Key& Key::U32(uint32_t v) {
  AppendU32(&bytes_, v);
  return *this;
}

Key& Key::U64(uint64_t v) {
  AppendU64(&bytes_, v);
  return *this;
}

Key& Key::Id(absl::string_view uuid) {
  const absl::StatusOr<Uuid> id = uuid.empty() ? Uuid() : Uuid::Parse(uuid);
  return IdBytes(id.ok() ? id->bytes() : Uuid().bytes());
}

Key& Key::IdBytes(absl::string_view bytes) {
  DAYBOOK_CHECK(bytes.size() == Uuid::kBytes, "an id has 16 bytes");
  bytes_.append(bytes.data(), bytes.size());
  return *this;
}

Key& Key::Day(std::optional<absl::CivilDay> day) {
  const int64_t number = day.has_value() ? (*day - absl::CivilDay(1970, 1, 1)) + kDayBias : 0;
  return U32(static_cast<uint32_t>(number));
}

Key& Key::Text(absl::string_view text) {
  for (const char c : text) {
    bytes_.push_back(c);
    if (c == '\0') bytes_.push_back('\xff');
  }
  bytes_.append("\0\1", 2);
  return *this;
}

bool KeyReader::Take(size_t n, absl::string_view* piece) {
  if (!ok_ || rest_.size() < n) return ok_ = false;
  *piece = rest_.substr(0, n);
  rest_.remove_prefix(n);
  return true;
}

bool KeyReader::U8(uint8_t* v) {
  absl::string_view piece;
  if (!Take(1, &piece)) return false;
  *v = static_cast<uint8_t>(piece[0]);
  return true;
}

bool KeyReader::U16(uint16_t* v) {
  absl::string_view piece;
  if (!Take(2, &piece)) return false;
  *v = LoadU16(piece.data());
  return true;
}

bool KeyReader::U32(uint32_t* v) {
  absl::string_view piece;
  if (!Take(4, &piece)) return false;
  *v = LoadU32(piece.data());
  return true;
}

bool KeyReader::U64(uint64_t* v) {
  absl::string_view piece;
  if (!Take(8, &piece)) return false;
  *v = LoadU64(piece.data());
  return true;
}

bool KeyReader::Id(std::string* uuid) {
  absl::string_view piece;
  if (!Take(Uuid::kBytes, &piece)) return false;
  const Uuid id = Uuid::FromBytes(piece);
  *uuid = id.is_nil() ? "" : id.ToString();
  return true;
}

bool KeyReader::Day(std::optional<absl::CivilDay>* day) {
  uint32_t number = 0;
  if (!U32(&number)) return false;
  day->reset();
  if (number != 0) *day = absl::CivilDay(1970, 1, 1) + (int64_t{number} - kDayBias);
  return true;
}

bool KeyReader::Text(std::string* text) {
  text->clear();
  for (size_t i = 0; ok_ && i + 1 < rest_.size(); ++i) {
    if (rest_[i] != '\0') {
      text->push_back(rest_[i]);
    } else if (rest_[i + 1] == '\1') {
      rest_.remove_prefix(i + 2);
      return true;
    } else if (rest_[i + 1] == '\xff') {
      text->push_back('\0');
      ++i;
    } else {
      break;
    }
  }
  return ok_ = false;
}

std::string PrefixEnd(absl::string_view prefix) {
  std::string end(prefix);
  while (!end.empty()) {
    const auto last = static_cast<unsigned char>(end.back());
    if (last != 0xff) {
      end.back() = static_cast<char>(last + 1);
      return end;
    }
    end.pop_back();
  }
  return end;
}

}  // namespace daybook::projections
