// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.objects;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;

/// What ConfigMaps and Secrets hold.
public final class ObjectData {
  private ObjectData() {}

  /// All keys and their bytes.
  public static Map<String, byte[]> of(JsonNode object) {
    Map<String, byte[]> data = new TreeMap<>();
    boolean secret = object.path("kind").asText().equals("Secret");
    for (var entry : object.path("data").properties()) {
      String text = entry.getValue().asText();
      data.put(
          entry.getKey(),
          secret ? Base64.getMimeDecoder().decode(text) : text.getBytes(StandardCharsets.UTF_8));
    }
    for (var entry : object.path("binaryData").properties()) {
      data.put(entry.getKey(), Base64.getMimeDecoder().decode(entry.getValue().asText()));
    }
    return data;
  }
}
