// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.rules;

import dev.howdah.api.finding.Findings;
import dev.howdah.api.finding.Place;
import java.math.BigDecimal;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;

/// Rules of the pods: resources, environment, where they run and who they run as.
final class PodRules {
  private static final Pattern LABEL_KEY =
      Pattern.compile(
          "(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?");
  private static final Set<String> RESERVED = Set.of("POD_NAME", "NAMESPACE", "CLUSTER_NAME");
  private static final long PAGE = 8192;

  private PodRules() {}

  static void check(Place cluster, Findings findings) {
    Place spec = cluster.at("spec");
    resources(spec, findings);
    environment(spec.at("env"), findings);
    tolerations(spec.at("affinity", "tolerations"), findings);
    Place type = spec.at("affinity", "podAntiAffinityType");
    if (type.filled() && !Set.of("preferred", "required").contains(type.text())) {
      findings.notSupported(type, "neither a wish nor a must", "write preferred or required");
    }
    if (spec.at("serviceAccountName").filled() && spec.at("serviceAccountTemplate").present()) {
      findings.forbidden(
          spec.at("serviceAccountTemplate"),
          "the template is for the account that is made where serviceAccountName is absent",
          "keep one of them");
    }
    Place secret = spec.at("superuserSecret");
    if (secret.present() && !secret.at("name").filled()) {
      findings.required(secret.at("name"), "empty", "write the Secret's name");
    }
    certificates(spec.at("certificates"), findings);
  }

  private static void resources(Place spec, Findings findings) {
    Place requests = spec.at("resources", "requests");
    Place limits = spec.at("resources", "limits");
    boolean huge = false;
    Set<String> names = new HashSet<>(requests.keys());
    names.addAll(limits.keys());
    for (String name : names) {
      Optional<BigDecimal> request = Quantities.parse(requests.entry(name).node());
      Optional<BigDecimal> limit = Quantities.parse(limits.entry(name).node());
      if (name.startsWith("hugepages-")) {
        huge = true;
        boolean equal =
            request.isEmpty() || (limit.isPresent() && request.get().compareTo(limit.get()) == 0);
        if (!equal) {
          findings.invalid(
              requests.entry(name),
              "huge pages must be limited to what is asked for",
              "make both equal");
        }
      } else if (request.isPresent()
          && limit.isPresent()
          && request.get().compareTo(limit.get()) > 0) {
        findings.invalid(
            requests.entry(name),
            "more than the limit, " + limits.entry(name).text(),
            "ask for less, or raise the limit");
      }
    }
    if (huge && !names.contains("cpu") && !names.contains("memory")) {
      findings.forbidden(
          spec.at("resources"),
          "huge pages go with cpu or memory only",
          "ask for cpu or memory as well");
    }
    sharedBuffers(spec, requests, findings);
  }

  private static void sharedBuffers(Place spec, Place requests, Findings findings) {
    Place setting = spec.at("postgresql", "parameters").entry("shared_buffers");
    OptionalLong buffers = PostgresParameters.size(setting.text(), PAGE);
    Optional<BigDecimal> memory = Quantities.parse(requests.entry("memory").node());
    if (buffers.isEmpty() || memory.isEmpty()) {
      return;
    }
    BigDecimal needed = BigDecimal.valueOf(buffers.getAsLong());
    boolean covered =
        requests.keys().stream()
            .filter(name -> name.startsWith("hugepages-"))
            .map(name -> Quantities.parse(requests.entry(name).node()))
            .anyMatch(amount -> amount.isPresent() && amount.get().compareTo(needed) >= 0);
    if (memory.get().compareTo(needed) < 0 && !covered) {
      findings.invalid(
          requests.entry("memory"),
          "less than shared_buffers, " + setting.text(),
          "ask for more memory, or lower shared_buffers");
    }
  }

  private static void environment(Place env, Findings findings) {
    Set<String> names = new HashSet<>();
    for (Place variable : env.items()) {
      Place name = variable.at("name");
      if (isReserved(name.text())) {
        findings.invalid(name, "reserved for Howdah and PostgreSQL", "choose another name");
      }
      if (!names.add(name.text())) {
        findings.warn(name, "set twice, of which the last counts", "remove one of the two");
      }
    }
  }

  /// Variables that Howdah sets, or that PostgreSQL's programs listen to.
  static boolean isReserved(String variable) {
    String upper = variable.toUpperCase(Locale.ROOT);
    return upper.startsWith("PG") || upper.startsWith("CNPG_") || RESERVED.contains(upper);
  }

  private static void tolerations(Place tolerations, Findings findings) {
    for (Place toleration : tolerations.items()) {
      Place key = toleration.at("key");
      Place operator = toleration.at("operator");
      Place value = toleration.at("value");
      Place effect = toleration.at("effect");
      if (key.filled() && !LABEL_KEY.matcher(key.text()).matches()) {
        findings.invalid(key, "no key of a taint", "write it as name or example.com/name");
      }
      if (!key.filled() && !operator.text().equals("Exists")) {
        findings.invalid(operator, "without a key, every taint is meant", "write operator: Exists");
      }
      if (toleration.at("tolerationSeconds").present() && !effect.text().equals("NoExecute")) {
        findings.invalid(
            effect, "tolerationSeconds goes with NoExecute only", "write effect: NoExecute");
      }
      switch (operator.text()) {
        case "", "Equal" -> {
          if (value.filled()
              && !value.text().matches("[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")) {
            findings.invalid(
                value, "no value of a taint", "write letters, digits, '-', '_' and '.'");
          }
        }
        case "Exists" -> {
          if (value.filled()) {
            findings.invalid(
                value, "operator Exists asks for no value", "remove it, or write operator: Equal");
          }
        }
        default -> {
          if (!List.of("Lt", "Gt").contains(operator.text())) {
            findings.notSupported(operator, "no operator", "write Equal or Exists");
          }
        }
      }
      if (!Set.of("", "NoSchedule", "PreferNoSchedule", "NoExecute").contains(effect.text())) {
        findings.notSupported(
            effect, "no effect of a taint", "write NoSchedule, PreferNoSchedule or NoExecute");
      }
    }
  }

  private static void certificates(Place certificates, Findings findings) {
    if (certificates.at("serverTLSSecret").filled()) {
      if (!certificates.at("serverAltDNSNames").items().isEmpty()) {
        findings.forbidden(
            certificates.at("serverAltDNSNames"),
            "the names are those of the certificate in serverTLSSecret",
            "remove one of the two");
      }
      if (!certificates.at("serverCASecret").filled()) {
        findings.required(
            certificates.at("serverCASecret"),
            "clients check the certificate in serverTLSSecret with it",
            "add it");
      }
    }
    if (certificates.at("replicationTLSSecret").filled()
        && !certificates.at("clientCASecret").filled()) {
      findings.required(
          certificates.at("clientCASecret"),
          "the server checks the certificate in replicationTLSSecret with it",
          "add it");
    }
  }
}
