// SPDX-License-Identifier: Apache-2.0
#include "synfire/hdf5/file.hpp"

#include <hdf5.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "global_heap.hpp"
#include "number_lists.hpp"
#include "number_type.hpp"
#include "synfire/base/text.hpp"

namespace synfire::hdf5 {
namespace {

static_assert(sizeof(hid_t) == sizeof(std::int64_t));

// HDF5 prints its errors unless it is told not to.
class Quiet {
 public:
  Quiet() {
    H5Eget_auto2(H5E_DEFAULT, &function_, &data_);
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  }
  ~Quiet() { H5Eset_auto2(H5E_DEFAULT, function_, data_); }
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;

 private:
  H5E_auto2_t function_ = nullptr;
  void* data_ = nullptr;
};

int close_file(std::int64_t id) { return H5Fclose(id); }
int close_object(std::int64_t id) { return H5Oclose(id); }
int close_type(std::int64_t id) { return H5Tclose(id); }
int close_space(std::int64_t id) { return H5Sclose(id); }
int close_properties(std::int64_t id) { return H5Pclose(id); }
int close_dataset(std::int64_t id) { return H5Dclose(id); }
int close_group(std::int64_t id) { return H5Gclose(id); }

// deflate shrinks by at most 1032.
constexpr std::uintmax_t most_shrinking = 1100;

Content content_of(hid_t type) {
  switch (H5Tget_class(type)) {
    case H5T_INTEGER:
    case H5T_ENUM: return Content::integers;
    case H5T_FLOAT: return H5Tget_size(type) <= 4 ? Content::singles : Content::doubles;
    case H5T_STRING: return Content::texts;
    default: return Content::other;
  }
}

herr_t collect_link(hid_t, const char* name, const H5L_info_t* info, void* data) {
  auto& links = *static_cast<std::vector<std::pair<std::string, bool>>*>(data);
  if (links.size() >= most_texts) return -1;
  try {
    links.emplace_back(name, info->type == H5L_TYPE_HARD);
  } catch (...) {  // must not pass through C
    return -1;
  }
  return 0;
}

}  // namespace

Handle::Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}

Handle& Handle::operator=(Handle&& other) noexcept {
  if (this != &other) {
    reset();
    id_ = std::exchange(other.id_, -1);
    close_ = other.close_;
  }
  return *this;
}

void Handle::reset() noexcept {
  if (id_ < 0) return;
  const Quiet quiet;
  close_(std::exchange(id_, -1));
}

struct Reader::Dataset {
  Handle object, type, space, properties;
  DatasetInfo info;
};

Reader::Reader(std::filesystem::path path) : path_(std::move(path)) {
  std::error_code reason;
  bytes_ = std::filesystem::file_size(path_, reason);
  if (reason)
    throw DataError(Problem{
        .kind = ProblemKind::file_access, .path = path_.string(), .message = "cannot be read: " + reason.message()});
  const Quiet quiet;
  file_ = Handle(H5Fopen(path_.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), close_file);
  if (!file_.valid())
    throw DataError(Problem{.kind = ProblemKind::malformed_file,
                            .path = path_.string(),
                            .message = "is not a whole HDF5 file",
                            .hint = "it may have been cut off; export it again"});
}

void Reader::fail(const std::string& place, Problem problem) const {
  problem.path = path_.string() + ": " + base::one_line(place, 300);
  throw DataError(std::move(problem));
}

std::vector<std::string> Reader::members(const std::string& group) const {
  const Quiet quiet;
  const Handle object = open_object(group);
  std::vector<std::pair<std::string, bool>> links;
  if (H5Iget_type(object.id()) != H5I_GROUP)
    fail(group, {.kind = ProblemKind::malformed_file, .message = "is not a group"});
  if (H5Literate(object.id(), H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, collect_link, &links) < 0)
    fail(group, {.kind = ProblemKind::malformed_file, .message = "the members of the group cannot be read"});
  std::vector<std::string> names;
  for (auto& [name, hard] : links) {
    if (!hard)
      fail(group + "/" + name,
           {.kind = ProblemKind::unsupported, .message = "is a link to another place or file, which is not followed"});
    names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  return names;
}

bool Reader::has(const std::string& place) const {
  const Quiet quiet;
  for (std::size_t end = place.find('/', 1);; end = place.find('/', end + 1)) {
    const std::string part = place.substr(0, end);
    if (H5Lexists(file_.id(), part.c_str(), H5P_DEFAULT) <= 0) return false;
    if (end == std::string::npos || leads_elsewhere(part)) return true;  // opening it is refused
  }
}

bool Reader::leads_elsewhere(const std::string& place) const {
  H5L_info_t link;
  return place != "/" && H5Lget_info(file_.id(), place.c_str(), &link, H5P_DEFAULT) >= 0 && link.type != H5L_TYPE_HARD;
}

bool Reader::is_group(const std::string& place) const {
  const Quiet quiet;
  return H5Iget_type(open_object(place).id()) == H5I_GROUP;
}

Handle Reader::open_object(const std::string& place) const {
  for (std::size_t end = 0; end != std::string::npos;) {
    end = place.find('/', end + 1);
    const std::string part = place.substr(0, end);
    if (leads_elsewhere(part))
      fail(part,
           {.kind = ProblemKind::unsupported, .message = "is a link to another place or file, which is not followed"});
  }
  Handle object(H5Oopen(file_.id(), place.c_str(), H5P_DEFAULT), close_object);
  if (!object.valid()) fail(place, {.kind = ProblemKind::malformed_file, .message = "is missing or damaged"});
  return object;
}

Reader::Dataset Reader::open(const std::string& place) const {
  Dataset dataset;
  dataset.object = open_object(place);
  const hid_t id = dataset.object.id();
  if (H5Iget_type(id) != H5I_DATASET) fail(place, {.kind = ProblemKind::malformed_file, .message = "is not a dataset"});
  dataset.type = Handle(H5Dget_type(id), close_type);
  dataset.space = Handle(H5Dget_space(id), close_space);
  dataset.properties = Handle(H5Dget_create_plist(id), close_properties);
  const int rank = dataset.space.valid() ? H5Sget_simple_extent_ndims(dataset.space.id()) : -1;
  if (!dataset.type.valid() || !dataset.properties.valid() || rank < 0)
    fail(place, {.kind = ProblemKind::malformed_file, .message = "the dataset is damaged"});
  if (H5Sget_simple_extent_type(dataset.space.id()) == H5S_NULL)
    fail(place, {.kind = ProblemKind::malformed_file, .message = "the dataset has no elements and no shape"});
  std::vector<hsize_t> extents(static_cast<std::size_t>(rank));
  H5Sget_simple_extent_dims(dataset.space.id(), extents.data(), nullptr);
  std::size_t elements = 1;
  for (const hsize_t extent : extents) {
    if (extent > most_elements || (extent != 0 && elements > most_elements / extent))
      fail(place, {.kind = ProblemKind::invalid_value,
                   .message = "has more elements than are read",
                   .expected = "at most " + std::to_string(most_elements)});
    elements *= extent;
    dataset.info.shape.push_back(extent);
  }
  dataset.info.content = content_of(dataset.type.id());
  return dataset;
}

void Reader::require_readable(const Dataset& dataset, const std::string& place) const {
  const hid_t properties = dataset.properties.id();
  if (H5Pget_layout(properties) == H5D_VIRTUAL || H5Pget_external_count(properties) > 0)
    fail(place, {.kind = ProblemKind::unsupported, .message = "has its data in another file, which is not read"});
  for (int k = 0, filters = H5Pget_nfilters(properties); k < filters; ++k) {
    unsigned flags = 0, settings = 0;
    std::size_t values = 0;
    char name[64] = "";
    const H5Z_filter_t filter =
        H5Pget_filter2(properties, static_cast<unsigned>(k), &flags, &values, nullptr, sizeof name, name, &settings);
    name[sizeof name - 1] = 0;
    if (filter >= 0 && H5Zfilter_avail(filter) > 0) continue;
    const std::string given = name[0] != 0 ? base::one_line(name) : filter == 32000 ? "lzf" : "without a name";
    fail(place, {.kind = ProblemKind::unsupported,
                 .message = "is compressed with a filter that HDF5 does not have here",
                 .hint = "save the file again with gzip or without compression",
                 .given = given + ", filter " + std::to_string(filter)});
  }
  const std::uintmax_t bytes = dataset.info.elements() * H5Tget_size(dataset.type.id());
  if (bytes > most_shrinking * bytes_)
    fail(place, {.kind = ProblemKind::malformed_file,
                 .message = "claims more data than the file can hold",
                 .given = std::to_string(bytes) + " bytes in a file of " + std::to_string(bytes_)});
}

DatasetInfo Reader::info(const std::string& dataset) const {
  const Quiet quiet;
  return open(dataset).info;
}

template <class T>
std::vector<T> Reader::read_numbers(const std::string& place, std::int64_t type) const {
  const Quiet quiet;
  const Dataset dataset = open(place);
  if (dataset.info.content == Content::texts || dataset.info.content == Content::other)
    fail(place, {.kind = ProblemKind::malformed_file, .message = "does not hold numbers"});
  require_readable(dataset, place);
  std::vector<T> values(dataset.info.elements());
  if (!values.empty() &&
      H5Dread(dataset.object.id(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, static_cast<void*>(values.data())) < 0)
    fail(place, {.kind = ProblemKind::malformed_file, .message = "the data are damaged"});
  return values;
}

std::vector<double> Reader::numbers(const std::string& dataset) const {
  if (info(dataset).content == Content::integers) {  // HDF5 converts enumerations only to integers
    const std::vector<std::int64_t> whole = integers(dataset);
    return {whole.begin(), whole.end()};
  }
  return read_numbers<double>(dataset, H5T_NATIVE_DOUBLE);
}

std::vector<std::int64_t> Reader::integers(const std::string& dataset) const {
  if (info(dataset).content != Content::integers)
    fail(dataset, {.kind = ProblemKind::malformed_file, .message = "does not hold integers"});
  const Quiet quiet;
  const Dataset opened = open(dataset);
  if (H5Tget_class(opened.type.id()) != H5T_ENUM) return read_numbers<std::int64_t>(dataset, H5T_NATIVE_INT64);
  // The numbers of an enumeration are read as they are stored.
  require_readable(opened, dataset);
  const Handle base(H5Tget_super(opened.type.id()), close_type);
  if (!base.valid() || H5Tget_size(base.id()) != 1)
    fail(dataset, {.kind = ProblemKind::unsupported, .message = "is an enumeration of more than one byte"});
  std::vector<std::int8_t> stored(opened.info.elements());
  if (!stored.empty() &&
      H5Dread(opened.object.id(), opened.type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, stored.data()) < 0)
    fail(dataset, {.kind = ProblemKind::malformed_file, .message = "the data are damaged"});
  return {stored.begin(), stored.end()};
}

std::optional<std::uint64_t> Reader::heap_base() const {
  const Handle creation(H5Fget_create_plist(file_.id()), close_properties);
  std::size_t address_bytes = 0, length_bytes = 0;
  hsize_t base = 0;
  if (!creation.valid() || H5Pget_sizes(creation.id(), &address_bytes, &length_bytes) < 0 || address_bytes != 8 ||
      length_bytes != 8 || H5Pget_userblock(creation.id(), &base) < 0)
    return std::nullopt;
  return base;
}

std::vector<std::string> Reader::read_variable(const Dataset& dataset, const std::string& place) const {
  // What other layouts hold is not read: see global_heap.hpp.
  const auto base = heap_base();
  const haddr_t offset = H5Dget_offset(dataset.object.id());
  if (!base || offset == HADDR_UNDEF || H5Pget_layout(dataset.properties.id()) != H5D_CONTIGUOUS)
    fail(place, {.kind = ProblemKind::unsupported,
                 .message = "has texts of variable length in a form that is not read",
                 .hint = "save them contiguous, without chunks and compression"});
  auto texts = GlobalHeap(path_, *base).texts(offset, dataset.info.elements());
  if (!texts) fail(place, {.kind = ProblemKind::malformed_file, .message = "the texts are damaged"});
  return std::move(*texts);
}

std::vector<std::string> Reader::read_fixed(const Dataset& dataset, const std::string& place) const {
  const std::size_t length = H5Tget_size(dataset.type.id());
  if (length == 0 || length > longest_text || dataset.info.elements() > most_elements / length)
    fail(place, {.kind = ProblemKind::malformed_file, .message = "has texts that are too long to be read"});
  std::vector<char> bytes(length * dataset.info.elements());
  if (H5Dread(dataset.object.id(), dataset.type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()) < 0)
    fail(place, {.kind = ProblemKind::malformed_file, .message = "the texts are damaged"});
  std::vector<std::string> texts;
  for (std::size_t k = 0; k < dataset.info.elements(); ++k) {
    std::string text(bytes.data() + k * length, length);
    text.resize(std::min(text.find('\0'), text.size()));
    if (H5Tget_strpad(dataset.type.id()) == H5T_STR_SPACEPAD) text.resize(text.find_last_not_of(' ') + 1);
    texts.push_back(std::move(text));
  }
  return texts;
}

std::vector<std::string> Reader::texts(const std::string& place) const {
  const Quiet quiet;
  const Dataset dataset = open(place);
  if (dataset.info.content != Content::texts)
    fail(place, {.kind = ProblemKind::malformed_file, .message = "does not hold text"});
  if (dataset.info.elements() > most_texts)
    fail(place, {.kind = ProblemKind::malformed_file, .message = "has more texts than are read"});
  require_readable(dataset, place);
  if (dataset.info.elements() == 0) return {};
  return H5Tis_variable_str(dataset.type.id()) > 0 ? read_variable(dataset, place) : read_fixed(dataset, place);
}

void Reader::fill(std::span<HeapReference> into, GlobalHeap& heap, std::uint64_t offset,
                  const std::string& place) const {
  if (offset == HADDR_UNDEF) return;  // it was never written: empty lists
  const auto part = heap.references(offset, into.size());
  if (!part) fail(place, {.kind = ProblemKind::malformed_file, .message = "the lengths of the lists are damaged"});
  std::copy(part->begin(), part->end(), into.begin());
}

std::vector<HeapReference> Reader::references_of(const Dataset& dataset, GlobalHeap& heap,
                                                 const std::string& place) const {
  const hid_t id = dataset.object.id(), properties = dataset.properties.id();
  std::vector<HeapReference> all(dataset.info.elements());
  if (H5Pget_layout(properties) == H5D_CONTIGUOUS) {
    fill(all, heap, H5Dget_offset(id), place);
    return all;
  }
  hsize_t length = 0;
  if (H5Pget_chunk(properties, 1, &length) != 1 || length == 0)
    fail(place, {.kind = ProblemKind::malformed_file, .message = "the chunks of the dataset are damaged"});
  for (hsize_t first = 0, count = 0; first < all.size(); first += count) {
    count = std::min<hsize_t>(length, all.size() - first);
    unsigned mask = 0;
    haddr_t offset = HADDR_UNDEF;
    hsize_t bytes = 0;
    if (H5Dget_chunk_info_by_coord(id, &first, &mask, &offset, &bytes) < 0)
      fail(place, {.kind = ProblemKind::malformed_file, .message = "the chunks of the dataset are damaged"});
    fill(std::span(all).subspan(first, count), heap, offset, place);
  }
  return all;
}

GlobalHeap Reader::heap_of_lists(const Dataset& dataset, const std::string& place) const {
  const auto base = heap_base();
  const hid_t properties = dataset.properties.id();
  const H5D_layout_t layout = H5Pget_layout(properties);
  // Whether the addresses of chunks count from `base` depends on the release of HDF5.
  const bool is_read = layout == H5D_CONTIGUOUS || (layout == H5D_CHUNKED && base == 0u);
  if (!base || !is_read || H5Pget_nfilters(properties) != 0)
    fail(place, {.kind = ProblemKind::unsupported,
                 .message = "has lists of variable length in a form that is not read",
                 .hint = "save them without compression, which does not make them smaller"});
  return {path_, *base};
}

NumberLists Reader::lists(const std::string& place) const {
  const Quiet quiet;
  const Dataset dataset = open(place);
  if (H5Tget_class(dataset.type.id()) != H5T_VLEN || dataset.info.shape.size() != 1)
    fail(place, {.kind = ProblemKind::malformed_file, .message = "does not hold lists of variable length"});
  const Handle element(H5Tget_super(dataset.type.id()), close_type);
  const auto number = element.valid() ? number_type(element.id()) : std::nullopt;
  if (!number)
    fail(place, {.kind = ProblemKind::unsupported,
                 .message = "holds lists of elements of a type that is not read",
                 .expected = "integers of 1, 2, 4 or 8 bytes, or IEEE 754 numbers of 2, 4 or 8 bytes"});
  if (dataset.info.elements() > most_texts)
    fail(place, {.kind = ProblemKind::malformed_file,
                 .message = "has more lists than are read",
                 .expected = "at most " + std::to_string(most_texts)});
  require_readable(dataset, place);
  GlobalHeap heap = heap_of_lists(dataset, place);
  auto references = references_of(dataset, heap, place);
  std::uint64_t numbers = 0;
  for (const HeapReference& each : references) numbers += each.length;
  if (numbers > bytes_ / element_size(number->type))
    fail(place, {.kind = ProblemKind::malformed_file,
                 .message = "claims more data than the file can hold",
                 .given = std::to_string(numbers) + " numbers in a file of " + std::to_string(bytes_) + " bytes"});
  return NumberLists(std::shared_ptr<NumberLists::State>(new NumberLists::State{.path = path_.string() + ": " + place,
                                                                                .number = *number,
                                                                                .references = std::move(references),
                                                                                .heap = std::move(heap)}));
}

std::string Reader::text(const std::string& dataset) const {
  std::vector<std::string> all = texts(dataset);
  if (all.size() != 1) fail(dataset, {.kind = ProblemKind::malformed_file, .message = "is not one text"});
  return std::move(all.front());
}

Writer::Writer(const std::filesystem::path& path) : pending_(path) {
  const Quiet quiet;
  file_ = Handle(H5Fcreate(pending_.temporary().c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), close_file);
  if (!file_.valid()) fail("/");
}

void Writer::fail(const std::string& place) const {
  throw DataError(Problem{.kind = ProblemKind::file_access,
                          .path = pending_.path().string() + ": " + base::one_line(place, 300),
                          .message = "could not be written"});
}

void Writer::group(const std::string& place) {
  const Quiet quiet;
  const Handle group(H5Gcreate2(file_.id(), place.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), close_group);
  if (!group.valid()) fail(place);
}

void Writer::write(const std::string& place, std::int64_t type, const Extents& shape, const void* values,
                   std::int64_t in_memory) {
  const Quiet quiet;
  const std::vector<hsize_t> extents(shape.begin(), shape.end());
  const Handle space(extents.empty() ? H5Screate(H5S_SCALAR)
                                     : H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr),
                     close_space);
  const Handle properties(H5Pcreate(H5P_DATASET_CREATE), close_properties);
  H5Pset_obj_track_times(properties.id(), false);  // the same network gives the same bytes
  const Handle dataset(
      H5Dcreate2(file_.id(), place.c_str(), type, space.id(), H5P_DEFAULT, properties.id(), H5P_DEFAULT),
      close_dataset);
  if (!dataset.valid()) fail(place);
  const hid_t given = in_memory < 0 ? type : in_memory;
  if (element_count(shape) > 0 && H5Dwrite(dataset.id(), given, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0) fail(place);
}

void Writer::singles(const std::string& place, const Extents& shape, std::span<const float> values) {
  write(place, H5T_NATIVE_FLOAT, shape, values.data());
}

void Writer::doubles(const std::string& place, const Extents& shape, std::span<const double> values) {
  write(place, H5T_NATIVE_DOUBLE, shape, values.data());
}

void Writer::integers(const std::string& place, const Extents& shape, std::span<const std::int64_t> values) {
  write(place, H5T_NATIVE_INT64, shape, values.data());
}

void Writer::texts(const std::string& place, const Extents& shape, const std::vector<std::string>& values) {
  const Handle type(H5Tcopy(H5T_C_S1), close_type);
  H5Tset_size(type.id(), H5T_VARIABLE);
  H5Tset_cset(type.id(), H5T_CSET_UTF8);
  std::vector<const char*> pointers;
  for (const std::string& value : values) pointers.push_back(value.c_str());
  write(place, type.id(), shape, pointers.data());
}

void Writer::lists(const std::string& place, DataType type, const std::vector<std::vector<double>>& values) {
  const Quiet quiet;
  const Handle number(made_type(type), close_type), list(H5Tvlen_create(number.id()), close_type),
      in_memory(H5Tvlen_create(H5T_NATIVE_DOUBLE), close_type);
  std::vector<hvl_t> views;
  for (const std::vector<double>& each : values) views.push_back({each.size(), const_cast<double*>(each.data())});
  write(place, list.id(), {values.size()}, views.data(), in_memory.id());
}

void Writer::commit() {
  const Quiet quiet;
  if (H5Fflush(file_.id(), H5F_SCOPE_LOCAL) < 0) fail("/");
  file_.reset();
  pending_.commit();
}

}  // namespace synfire::hdf5
