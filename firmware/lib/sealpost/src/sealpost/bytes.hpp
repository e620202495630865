#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

/// Views of bytes, and what is done to bytes everywhere. C++17 has no std::span.
namespace sealpost {

/// `size()` elements that somebody else owns. Never null unless empty.
template <class T>
class span {
 public:
  constexpr span() = default;
  constexpr span(T* data, std::size_t size) : data_(data), size_(size) {}
  template <class U, std::size_t N, class = std::enable_if_t<std::is_convertible_v<U (*)[], T (*)[]>>>
  constexpr span(std::array<U, N>& all) : data_(all.data()), size_(N) {}
  template <class U, std::size_t N, class = std::enable_if_t<std::is_convertible_v<const U (*)[], T (*)[]>>>
  constexpr span(const std::array<U, N>& all) : data_(all.data()), size_(N) {}
  template <class U, class = std::enable_if_t<std::is_convertible_v<U (*)[], T (*)[]>>>
  constexpr span(span<U> other) : data_(other.data()), size_(other.size()) {}

  [[nodiscard]] constexpr T* data() const { return data_; }
  [[nodiscard]] constexpr std::size_t size() const { return size_; }
  [[nodiscard]] constexpr bool empty() const { return size_ == 0; }
  [[nodiscard]] constexpr T* begin() const { return data_; }
  [[nodiscard]] constexpr T* end() const { return data_ + size_; }
  constexpr T& operator[](std::size_t index) const { return data_[index]; }

  /// The caller has checked that they are there.
  [[nodiscard]] constexpr span first(std::size_t count) const { return {data_, count}; }
  [[nodiscard]] constexpr span last(std::size_t count) const { return {data_ + (size_ - count), count}; }
  [[nodiscard]] constexpr span from(std::size_t offset) const { return {data_ + offset, size_ - offset}; }

 private:
  T* data_ = nullptr;
  std::size_t size_ = 0;
};

using bytes = span<const std::uint8_t>;
using mutable_bytes = span<std::uint8_t>;

using key128 = std::array<std::uint8_t, 16>;
using key256 = std::array<std::uint8_t, 32>;

/// The characters of a text, without the zero at its end.
[[nodiscard]] bytes bytes_of(const char* text);

/// Big-endian, as everything outside Protobuf is (docs/protocol-v1.md, section 2).
void store_u64(std::uint64_t value, mutable_bytes into);

/// Whether both are the same, in a time that depends on their size only.
[[nodiscard]] bool equal_constant_time(bytes left, bytes right);

/// Overwrites secrets, also where the compiler sees that nobody reads them again.
void wipe(mutable_bytes secret);

}  // namespace sealpost
