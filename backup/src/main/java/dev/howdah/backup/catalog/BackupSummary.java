// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.catalog;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What we know of a backup beyond its `backup.info`, which must hold nothing that other tools
/// don't know: an object of its own, `base/<id>/howdah/summary.json`.
///
/// @param rawBytes of all files, before compression
/// @param storedBytes of all tars, as stored
/// @param checkedPages how many pages had their checksums checked; 0 where the server has none
/// @param damagedPages how many of them were wrong
/// @param damaged the first of these, as `path block number`
/// @param objects the size of each tar, by its name
public record BackupSummary(
    long rawBytes,
    long storedBytes,
    long files,
    long checkedPages,
    long damagedPages,
    List<String> damaged,
    Map<String, Long> objects) {
  private static final ObjectMapper JSON = new ObjectMapper();

  public BackupSummary {
    damaged = List.copyOf(damaged);
    objects = Map.copyOf(objects);
  }

  public byte[] json() {
    var node = JSON.createObjectNode();
    node.put("version", 1).put("rawBytes", rawBytes).put("storedBytes", storedBytes);
    node.put("files", files).put("checkedPages", checkedPages).put("damagedPages", damagedPages);
    var pages = node.putArray("damaged");
    damaged.forEach(pages::add);
    var sizes = node.putObject("objects");
    new TreeMap<>(objects).forEach(sizes::put);
    return (node.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8);
  }

  /// @throws IOException if it is none
  public static BackupSummary parse(byte[] json) throws IOException {
    JsonNode node = JSON.readTree(json);
    var damaged = new ArrayList<String>();
    node.path("damaged").forEach(d -> damaged.add(d.asText()));
    var objects = new TreeMap<String, Long>();
    node.path("objects").properties().forEach(o -> objects.put(o.getKey(), o.getValue().asLong()));
    return new BackupSummary(
        node.path("rawBytes").asLong(),
        node.path("storedBytes").asLong(),
        node.path("files").asLong(),
        node.path("checkedPages").asLong(),
        node.path("damagedPages").asLong(),
        damaged,
        objects);
  }
}
