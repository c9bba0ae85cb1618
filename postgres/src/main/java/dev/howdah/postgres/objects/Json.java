// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.objects;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Reads parts of specifications, leniently: they were validated when they were admitted.
final class Json {
  private Json() {}

  static List<String> texts(JsonNode array) {
    var texts = new ArrayList<String>();
    array.forEach(entry -> texts.add(entry.asText()));
    return texts;
  }

  static Map<String, String> textMap(JsonNode object) {
    var map = new TreeMap<String, String>();
    object
        .properties()
        .forEach(entry -> {
          if (entry.getValue().isValueNode() && !entry.getValue().isNull()) {
            map.put(entry.getKey(), entry.getValue().asText());
          }
        });
    return map;
  }

  static boolean isPresent(JsonNode object) {
    return !object.path("ensure").asText("present").equals("absent");
  }
}
