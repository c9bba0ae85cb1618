// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.read;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.howdah.apiserver.json.Json;
import dev.howdah.apiserver.request.AnswerForm;
import dev.howdah.apiserver.resource.ResourceType;
import dev.howdah.apiserver.table.Tables;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/// Gives objects and lists the form that the client wants.
public final class Rendering {
  private static final class Yaml {
    static final YAMLMapper MAPPER =
        YAMLMapper.builder().disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER).build();
  }

  private Rendering() {}

  /// Turns an object or list into a table or its metadata, if wanted.
  public static ObjectNode shaped(ObjectNode tree, ResourceType type, AnswerForm form) {
    return switch (form.shape()) {
      case WHOLE -> tree;
      case TABLE -> Tables.render(tree, type.columns(), form.include(), Instant.now());
      case METADATA -> Tables.partialMetadata(tree);
    };
  }

  /// The tree as text.
  public static byte[] bytes(ObjectNode tree, AnswerForm form) {
    if (!form.yaml()) {
      return Json.bytes(tree);
    }
    try {
      return Yaml.MAPPER.writeValueAsString(tree).getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree that is no YAML", e);
    }
  }
}
