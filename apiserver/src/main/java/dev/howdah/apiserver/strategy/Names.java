// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.strategy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.json.Meta;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/// What names, labels and the like must look like, and the check of `metadata`.
public final class Names {
  private static final String LABEL_FORM = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
  private static final Pattern LABEL = Pattern.compile(LABEL_FORM);
  private static final Pattern SUBDOMAIN = Pattern.compile(LABEL_FORM + "(\\." + LABEL_FORM + ")*");
  private static final Pattern LABEL_1035 = Pattern.compile("[a-z]([-a-z0-9]*[a-z0-9])?");
  private static final Pattern QUALIFIED =
      Pattern.compile("([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]");
  private static final Pattern VALUE =
      Pattern.compile("(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?");
  private static final int MAX_LABEL = 63;
  private static final int MAX_SUBDOMAIN = 253;
  private static final int MAX_ANNOTATIONS = 256 * 1024;

  private static final String SUBDOMAIN_HELP =
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or"
          + " '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex"
          + " used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
  private static final String LABEL_HELP =
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and"
          + " must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc',"
          + " regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
  private static final String LABEL_1035_HELP =
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an"
          + " alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or"
          + " 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

  private static final String QUALIFIED_HELP =
      "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end"
          + " with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex"
          + " used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
  private static final Set<String> STANDARD_FINALIZERS =
      Set.of("kubernetes", Meta.ORPHAN, Meta.FOREGROUND);

  private Names() {}

  /// A DNS name with dots, for most objects.
  public static void subdomain(String name, Errors errors) {
    if (name.length() > MAX_SUBDOMAIN) {
      errors.invalid("metadata.name", name, "must be no more than 253 characters");
    }
    if (!SUBDOMAIN.matcher(name).matches()) {
      errors.invalid("metadata.name", name, SUBDOMAIN_HELP);
    }
  }

  /// One part of a DNS name, for namespaces.
  public static void label(String field, String name, Errors errors) {
    if (name.length() > MAX_LABEL) {
      errors.invalid(field, name, "must be no more than 63 characters");
    }
    if (!LABEL.matcher(name).matches()) {
      errors.invalid(field, name, LABEL_HELP);
    }
  }

  /// One part of a DNS name that begins with a letter, for services.
  public static void label1035(String name, Errors errors) {
    if (name.length() > MAX_LABEL) {
      errors.invalid("metadata.name", name, "must be no more than 63 characters");
    }
    if (!LABEL_1035.matcher(name).matches()) {
      errors.invalid("metadata.name", name, LABEL_1035_HELP);
    }
  }

  /// Anything that can be one segment of a path, for roles and their bindings.
  public static void pathSegment(String name, Errors errors) {
    if (name.equals(".") || name.equals("..")) {
      errors.invalid("metadata.name", name, "may not be '" + name + "'");
    }
    for (var forbidden : List.of("/", "%")) {
      if (name.contains(forbidden)) {
        errors.invalid("metadata.name", name, "may not contain '" + forbidden + "'");
      }
    }
  }

  /// A label's key, an annotation's key, a finalizer: `name` or `prefix/name`.
  public static boolean qualified(String key) {
    var slash = key.indexOf('/');
    var prefix = slash < 0 ? "" : key.substring(0, slash);
    var name = key.substring(slash + 1);
    return (slash < 0 || (prefix.length() <= MAX_SUBDOMAIN && SUBDOMAIN.matcher(prefix).matches()))
        && name.length() <= MAX_LABEL
        && QUALIFIED.matcher(name).matches();
  }

  /// Judges the metadata of any object. Finalizers of core kinds need a domain, unless they are
  /// Kubernetes' own.
  public static void metadata(ObjectNode object, boolean core, Errors errors) {
    labels("metadata.labels", object.path("metadata").path("labels"), errors);
    var size = 0;
    for (var entry : object.path("metadata").path("annotations").properties()) {
      if (!qualified(entry.getKey().toLowerCase(java.util.Locale.ROOT))) {
        errors.invalid("metadata.annotations", entry.getKey(), QUALIFIED_HELP);
      }
      size += entry.getKey().length() + entry.getValue().asText().length();
    }
    if (size > MAX_ANNOTATIONS) {
      errors.invalid("metadata.annotations", "", "Too long: may not be more than 262144 bytes");
    }
    var index = 0;
    for (var finalizer : Meta.finalizers(object)) {
      if (!qualified(finalizer)) {
        errors.invalid("metadata.finalizers", finalizer, QUALIFIED_HELP);
      }
      if (core && !finalizer.contains("/") && !STANDARD_FINALIZERS.contains(finalizer)) {
        errors.invalid(
            "metadata.finalizers[%d]".formatted(index),
            finalizer,
            "name is neither a standard finalizer name nor is it fully qualified");
      }
      index++;
    }
    owners(object, errors);
  }

  /// Judges labels wherever they stand.
  public static void labels(
      String field, com.fasterxml.jackson.databind.JsonNode labels, Errors errors) {
    for (var label : labels.properties()) {
      if (!qualified(label.getKey())) {
        errors.invalid(field, label.getKey(), QUALIFIED_HELP);
      }
      var value = label.getValue().asText();
      if (value.length() > MAX_LABEL) {
        errors.invalid(field, value, "must be no more than 63 characters");
      }
      if (!VALUE.matcher(value).matches()) {
        errors.invalid(
            field,
            value,
            "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')");
      }
    }
  }

  private static void owners(ObjectNode object, Errors errors) {
    var controllers = 0;
    var index = 0;
    for (var owner : Meta.owners(object)) {
      var field = "metadata.ownerReferences[" + index++ + "]";
      for (var part : List.of("apiVersion", "kind", "name", "uid")) {
        if (owner.path(part).asText("").isEmpty()) {
          errors.invalid(field + "." + part, "", part + " must not be empty");
        }
      }
      if (owner.path("controller").asBoolean()) {
        controllers++;
      }
    }
    if (controllers > 1) {
      errors.invalid(
          "metadata.ownerReferences", "", "Only one reference can have Controller set to true");
    }
  }
}
