// Sums of a view row. Encoded as (measure, currency, zigzag varint of 128 bits) in order of measure
// and currency.

#include <algorithm>

#include "domain/base/check.h"
#include "domain/base/error.h"
#include "domain/base/strings.h"
#include "projections/projection.h"

namespace daybook::projections {

namespace {

void AppendVarint(std::string* out, absl::int128 amount) {
  absl::uint128 bits =
      (static_cast<absl::uint128>(amount) << 1) ^ static_cast<absl::uint128>(amount >> 127);
  while (bits >= 0x80) {
    out->push_back(static_cast<char>(absl::Uint128Low64(bits) | 0x80));
    bits >>= 7;
  }
  out->push_back(static_cast<char>(absl::Uint128Low64(bits)));
}

bool ReadVarint(absl::string_view* bytes, absl::int128* amount) {
  absl::uint128 bits = 0;
  for (int shift = 0; shift < 128 && !bytes->empty(); shift += 7) {
    const auto b = static_cast<unsigned char>(bytes->front());
    bytes->remove_prefix(1);
    bits |= absl::uint128(b & 0x7f) << shift;
    if ((b & 0x80) != 0) continue;
    *amount = static_cast<absl::int128>(bits >> 1) ^ -static_cast<absl::int128>(bits & 1);
    return true;
  }
  return false;
}

}  // namespace

Measures::Currency::Currency(absl::string_view code) : size(static_cast<uint8_t>(code.size())) {
  DAYBOOK_CHECK(code.size() <= sizeof(letters), "a currency has three letters");
  code.copy(letters, sizeof(letters));
}

void Measures::Add(uint8_t measure, absl::string_view currency, absl::int128 amount) {
  if (amount == 0) return;
  const auto at = std::lower_bound(sums_.begin(), sums_.end(), std::make_pair(measure, currency),
                                   [](const Sum& sum, const auto& wanted) {
                                     if (sum.measure != wanted.first) {
                                       return sum.measure < wanted.first;
                                     }
                                     return sum.currency.view() < wanted.second;
                                   });
  if (at == sums_.end() || at->measure != measure || at->currency.view() != currency) {
    sums_.insert(at, Sum{measure, Currency(currency), amount});
    return;
  }
  at->amount += amount;
  if (at->amount == 0) sums_.erase(at);
}

void Measures::Add(const Measures& other, int sign) {
  for (const Sum& sum : other.sums_) Add(sum.measure, sum.currency.view(), sum.amount * sign);
}

absl::int128 Measures::Get(uint8_t measure, absl::string_view currency) const {
  for (const Sum& sum : sums_) {
    if (sum.measure == measure && sum.currency.view() == currency) return sum.amount;
  }
  return 0;
}

std::vector<std::string> Measures::Currencies() const {
  std::vector<std::string> currencies;
  for (const Sum& sum : sums_) {
    if (sum.currency.size > 0) currencies.emplace_back(ToStd(sum.currency.view()));
  }
  std::sort(currencies.begin(), currencies.end());
  currencies.erase(std::unique(currencies.begin(), currencies.end()), currencies.end());
  return currencies;
}

std::string Measures::Encode() const {
  std::string out;
  out.reserve(sums_.size() * 12);
  for (const Sum& sum : sums_) {
    out.push_back(static_cast<char>(sum.measure));
    out.push_back(static_cast<char>(sum.currency.size));
    out.append(sum.currency.letters, sum.currency.size);
    AppendVarint(&out, sum.amount);
  }
  return out;
}

absl::StatusOr<Measures> Measures::Decode(absl::string_view bytes) {
  const auto damaged = [] {
    return Reject(Reason::REASON_DATA_LOSS, "a row of sums cannot be read");
  };
  Measures measures;
  while (!bytes.empty()) {
    Sum sum;
    if (bytes.size() < 2) return damaged();
    sum.measure = static_cast<uint8_t>(bytes[0]);
    const auto size = static_cast<unsigned char>(bytes[1]);
    bytes.remove_prefix(2);
    if (bytes.size() < size || size > sizeof(sum.currency.letters)) return damaged();
    sum.currency = Currency(bytes.substr(0, size));
    bytes.remove_prefix(size);
    if (!ReadVarint(&bytes, &sum.amount)) return damaged();
    measures.sums_.push_back(std::move(sum));
  }
  return measures;
}

}  // namespace daybook::projections
