// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.strategy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.json.Meta;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// Secrets and ConfigMaps.
final class SecretStrategy implements Strategy {
  private static final Map<String, List<String>> REQUIRED_KEYS =
      Map.of(
          "kubernetes.io/tls", List.of("tls.crt", "tls.key"),
          "kubernetes.io/dockerconfigjson", List.of(".dockerconfigjson"),
          "kubernetes.io/dockercfg", List.of(".dockercfg"),
          "kubernetes.io/ssh-auth", List.of("ssh-privatekey"));
  private static final Pattern KEY = Pattern.compile("[-._a-zA-Z0-9]{1,253}");
  private static final int MAX_BYTES = 1024 * 1024;

  private static final String ACCOUNT = "kubernetes.io/service-account.name";

  private final boolean secret;

  SecretStrategy(boolean secret) {
    this.secret = secret;
  }

  @Override
  public void defaults(ObjectNode object) {
    if (!secret) {
      return;
    }
    Fill.text(object, "type", "Opaque");
    if (object.remove("stringData") instanceof ObjectNode plain && !plain.isEmpty()) {
      var data = Fill.object(object, "data");
      plain
          .properties()
          .forEach(e ->
              data.put(
                  e.getKey(),
                  Base64.getEncoder()
                      .encodeToString(e.getValue().asText().getBytes(StandardCharsets.UTF_8))));
    }
  }

  @Override
  public void validate(ObjectNode object, Errors errors) {
    var size = 0L;
    for (var field : List.of("data", "binaryData")) {
      for (var entry : object.path(field).properties()) {
        if (!KEY.matcher(entry.getKey()).matches()) {
          errors.invalid(
              "%s[%s]".formatted(field, entry.getKey()),
              entry.getKey(),
              "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g."
                  + " 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is"
                  + " '[-._a-zA-Z0-9]+')");
        }
        size += entry.getValue().asText().length();
      }
    }
    if (size > (secret ? MAX_BYTES * 4L / 3 : MAX_BYTES)) {
      errors.invalid(secret ? "data" : "", "", "Too long: may not be more than 1048576 bytes");
    }
    if (secret) {
      for (var key : REQUIRED_KEYS.getOrDefault(object.path("type").asText(), List.of())) {
        if (!object.path("data").has(key)) {
          errors.required("data[" + key + "]", "");
        }
      }
      typed(object, errors);
    }
  }

  private static void typed(ObjectNode object, Errors errors) {
    var data = object.path("data");
    switch (object.path("type").asText()) {
      case "kubernetes.io/basic-auth" -> {
        if (!data.has("username") && !data.has("password")) {
          errors.required("data[username]", "");
          errors.required("data[password]", "");
        }
      }
      case "kubernetes.io/service-account-token" -> {
        if (Meta.map(object, "annotations").getOrDefault(ACCOUNT, "").isEmpty()) {
          errors.required("metadata.annotations[" + ACCOUNT + "]", "");
        }
      }
      default -> {
        // nothing more to say
      }
    }
  }

  @Override
  public void validateUpdate(ObjectNode object, ObjectNode old, Errors errors) {
    if (secret) {
      errors.unchanged("type", object.path("type"), old.path("type"));
    }
    if (!old.path("immutable").asBoolean()) {
      return;
    }
    if (!object.path("immutable").asBoolean()) {
      errors.forbidden("immutable", "field is immutable when `immutable` is set");
    }
    for (var field : List.of("data", "binaryData")) {
      if (!dev.howdah.apiserver.schema.JsonValues.same(object.get(field), old.get(field))) {
        errors.forbidden(field, "field is immutable when `immutable` is set");
      }
    }
  }
}
