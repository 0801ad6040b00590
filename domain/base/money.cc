#include "domain/base/money.h"

#include <algorithm>
#include <array>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "domain/base/error.h"

namespace daybook {
namespace {

namespace reason = ::daybook::rpc::v1;

// ISO 4217:2015, active codes of countries, by number of decimals.
constexpr absl::string_view kNoDecimals =
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";
constexpr absl::string_view kThreeDecimals = "BHD IQD JOD KWD LYD OMR TND";
constexpr absl::string_view kTwoDecimals =
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD "
    "CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD "
    "GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD "
    "MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP "
    "PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS "
    "TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD YER ZAR ZMW ZWL";

bool Listed(absl::string_view list, absl::string_view code) {
  for (size_t at = 0; at + 3 <= list.size(); at += 4) {
    if (list.substr(at, 3) == code) return true;
  }
  return false;
}

int64_t PowerOfTen(int n) {
  int64_t power = 1;
  for (int i = 0; i < n; ++i) power *= 10;
  return power;
}

bool FitsInt64(absl::int128 value) {
  return value >= std::numeric_limits<int64_t>::min() &&
         value <= std::numeric_limits<int64_t>::max();
}

}  // namespace

std::optional<int> CurrencyDecimals(absl::string_view code) {
  if (code.size() != 3) return std::nullopt;
  if (Listed(kTwoDecimals, code)) return 2;
  if (Listed(kNoDecimals, code)) return 0;
  if (Listed(kThreeDecimals, code)) return 3;
  return std::nullopt;
}

absl::Status CheckAmount(absl::string_view field, absl::int128 minor) {
  if (IsWritableAmount(minor)) return absl::OkStatus();
  return InvalidField(field,
                      absl::StrCat("an amount is at most ", kAmountMinorMax,
                                   " minor units, above or below zero; make it smaller"),
                      reason::REASON_OUT_OF_RANGE);
}

absl::StatusOr<type::v1::Money> AddMoney(const type::v1::Money& a, const type::v1::Money& b) {
  if (a.currency().empty() && a.minor() == 0) return b;
  if (b.currency().empty() && b.minor() == 0) return a;
  if (a.currency() != b.currency()) {
    return Reject(reason::REASON_CURRENCY_MISMATCH,
                  absl::StrCat("amounts in ", a.currency(), " and ", b.currency(),
                               " cannot be added; use one currency"),
                  {{"expected", a.currency()}, {"actual", b.currency()}});
  }
  type::v1::Money sum;
  const absl::int128 minor = absl::int128(a.minor()) + b.minor();
  const absl::Status fits = CheckAmount("sum", minor);
  if (!fits.ok()) return fits;
  sum.set_minor(static_cast<int64_t>(minor));
  sum.set_currency(a.currency());
  return sum;
}

absl::int128 DivideHalfEven(absl::int128 numerator, absl::int128 denominator) {
  absl::int128 quotient = numerator / denominator;
  absl::int128 remainder = numerator % denominator;
  const bool negative = remainder < 0;
  if (negative) remainder = -remainder;
  const absl::int128 rest = denominator - remainder;
  const bool odd = quotient % 2 != 0;
  if (remainder > rest || (remainder == rest && odd)) quotient += negative ? -1 : 1;
  return quotient;
}

absl::StatusOr<int64_t> MultiplyShare(int64_t amount_minor, int64_t share_nano) {
  const absl::int128 product =
      DivideHalfEven(absl::int128(amount_minor) * absl::int128(share_nano), kNano);
  if (!FitsInt64(product)) {
    return Reject(reason::REASON_OUT_OF_RANGE, "the product does not fit 64 bits of minor units");
  }
  return static_cast<int64_t>(product);
}

std::string FormatMinor(int64_t minor, absl::string_view currency) {
  const int decimals = CurrencyDecimals(currency).value_or(0);
  const bool negative = minor < 0;
  const uint64_t magnitude =
      negative ? ~static_cast<uint64_t>(minor) + 1 : static_cast<uint64_t>(minor);
  std::string digits = absl::StrCat(magnitude);
  if (decimals > 0) {
    const auto d = static_cast<size_t>(decimals);
    if (digits.size() <= d) digits.insert(0, d + 1 - digits.size(), '0');
    digits.insert(digits.size() - d, ".");
  }
  return negative ? absl::StrCat("-", digits) : digits;
}

std::string FormatMoney(const type::v1::Money& money) {
  if (money.currency().empty()) return "";
  return absl::StrCat(FormatMinor(money.minor(), money.currency()), " ", money.currency());
}

absl::StatusOr<int64_t> ParseMinor(absl::string_view text, absl::string_view currency, char decimal,
                                   char group) {
  const auto invalid = [&] { return absl::InvalidArgumentError("not an amount of money"); };
  const auto decimals = CurrencyDecimals(currency);
  if (!decimals.has_value()) {
    return absl::InvalidArgumentError(absl::StrCat("unknown currency '", currency, "'"));
  }
  text = absl::StripAsciiWhitespace(text);
  const bool negative = !text.empty() && text.front() == '-';
  if (negative || (!text.empty() && text.front() == '+')) text.remove_prefix(1);
  absl::int128 value = 0;
  int seen_decimals = -1;
  bool digit_seen = false;
  for (const char c : text) {
    if (c == group && digit_seen && seen_decimals < 0) continue;
    if (c == decimal && seen_decimals < 0) {
      seen_decimals = 0;
      continue;
    }
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) return invalid();
    digit_seen = true;
    if (seen_decimals >= 0 && ++seen_decimals > *decimals) {
      if (c != '0') {
        return absl::InvalidArgumentError(
            absl::StrCat("more decimals than ", currency, " has (", *decimals, ")"));
      }
      continue;
    }
    value = value * 10 + (c - '0');
    if (!FitsInt64(value)) return absl::OutOfRangeError("the amount is too large");
  }
  if (!digit_seen) return invalid();
  value *= PowerOfTen(*decimals - std::clamp(seen_decimals, 0, *decimals));
  if (!FitsInt64(value)) return absl::OutOfRangeError("the amount is too large");
  return static_cast<int64_t>(negative ? -value : value);
}

}  // namespace daybook
