// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.names.SecretKeys;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Resource;
import dev.howdah.operator.cluster.desired.Blueprint;
import dev.howdah.operator.cluster.desired.CertificateSecrets;
import dev.howdah.operator.cluster.desired.UserSecrets;
import dev.howdah.operator.cluster.plan.Action;
import dev.howdah.operator.tree.Tree;
import dev.howdah.service.pki.CertificateAuthority;
import dev.howdah.service.pki.CertifiedKey;
import dev.howdah.service.pki.LeafRequest;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Makes keys, certificates and passwords, and writes them into Secrets. Nothing of them stays in
/// memory.
final class SecretMaker {
  /// Authorities last longer than what they sign, since clients keep copies of them.
  private static final Duration AUTHORITY = Duration.ofDays(5 * 365L);

  private static final int PASSWORD_LENGTH = 64;
  private static final int DIGITS = 10;
  private static final String LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

  private final KubeClient client;
  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();

  SecretMaker(KubeClient client, InstantSource clock) {
    this.client = client;
    this.clock = clock;
  }

  /// Empty: there is one already, or none any more.
  Optional<ObjectNode> authority(Blueprint blueprint, String secret, boolean renew) {
    if (!renew) {
      var fresh =
          CertificateAuthority.create(
              blueprint.name(), blueprint.namespace(), validity(blueprint), clock);
      return create(CertificateSecrets.authority(blueprint, secret, fresh.self()));
    }
    Optional<ObjectNode> there = client.find(Resource.SECRETS, blueprint.namespace(), secret);
    return there.flatMap(object -> {
      var renewed = signer(object).renew(validity(blueprint));
      return replace(object, Tree.map(SecretKeys.CA_CRT, encoded(renewed.certificatePem())));
    });
  }

  private static Duration validity(Blueprint blueprint) {
    Duration asked = blueprint.settings().certificateDuration();
    return asked.compareTo(AUTHORITY) > 0 ? asked : AUTHORITY;
  }

  /// Empty: not as it was seen.
  Optional<ObjectNode> certificate(Blueprint blueprint, Action.IssueCertificate issue) {
    Optional<ObjectNode> authority =
        client.find(Resource.SECRETS, blueprint.namespace(), issue.authority());
    if (authority.isEmpty()) {
      return Optional.empty();
    }
    CertificateAuthority signer = signer(authority.get());
    LeafRequest request =
        issue.server()
            ? CertificateSecrets.server(blueprint, issue.addresses())
            : CertificateSecrets.replication(blueprint);
    if (!issue.renew()) {
      return create(CertificateSecrets.leaf(blueprint, issue.secret(), signer.issue(request)));
    }
    return client
        .find(Resource.SECRETS, blueprint.namespace(), issue.secret())
        .flatMap(there -> {
          KeyPair keys = keys(there);
          CertifiedKey leaf = keys == null ? signer.issue(request) : signer.issue(request, keys);
          return replace(
              there,
              Tree.map(
                  SecretKeys.TLS_CRT,
                  encoded(leaf.certificatePem()),
                  SecretKeys.TLS_KEY,
                  encoded(leaf.keyPem())));
        });
  }

  private static @Nullable KeyPair keys(ObjectNode secret) {
    try {
      return CertifiedKey.fromPem(
              text(secret, SecretKeys.TLS_CRT), text(secret, SecretKeys.TLS_KEY))
          .keyPair();
    } catch (IllegalArgumentException _) {
      return null; // damaged: a new key then
    }
  }

  private CertificateAuthority signer(ObjectNode secret) {
    return new CertificateAuthority(
        CertifiedKey.fromPem(text(secret, SecretKeys.CA_CRT), text(secret, SecretKeys.CA_KEY)),
        clock);
  }

  /// Empty: not as it was seen.
  Optional<ObjectNode> user(Blueprint blueprint, Action.MakeUserSecret make) {
    String password = "";
    String from = "";
    if (make.passwordFrom().isEmpty()) {
      password = newPassword();
    } else {
      ObjectNode source = client.get(Resource.SECRETS, blueprint.namespace(), make.passwordFrom());
      password = text(source, SecretKeys.PASSWORD);
      from = make.passwordFrom() + "@" + Json.resourceVersion(source);
    }
    ObjectNode secret =
        UserSecrets.desired(
            blueprint, make.secret(), make.type(), make.user(), make.database(), password);
    if (from.isEmpty()) {
      return create(secret);
    }
    secret.withObject("/metadata").withObject("/annotations").put(UserSecrets.PASSWORD_FROM, from);
    Optional<ObjectNode> there =
        client.find(Resource.SECRETS, blueprint.namespace(), make.secret());
    if (there.isEmpty()) {
      return create(secret);
    }
    toData(secret);
    ObjectNode body =
        Tree.map(
            "metadata",
            Tree.map(
                "resourceVersion",
                Json.resourceVersion(there.get()),
                "annotations",
                Tree.map(UserSecrets.PASSWORD_FROM, from)),
            "data",
            secret.path("data"));
    return Optional.of(client.merge(Resource.SECRETS, blueprint.namespace(), make.secret(), body));
  }

  private String newPassword() {
    char[] password = new char[PASSWORD_LENGTH];
    for (int i = 0; i < password.length; i++) {
      password[i] =
          i < DIGITS
              ? (char) ('0' + random.nextInt(10))
              : LETTERS.charAt(random.nextInt(LETTERS.length()));
    }
    for (int i = password.length - 1; i > 0; i--) {
      int other = random.nextInt(i + 1);
      char swapped = password[i];
      password[i] = password[other];
      password[other] = swapped;
    }
    return new String(password);
  }

  private Optional<ObjectNode> create(ObjectNode secret) {
    toData(secret);
    try {
      return Optional.of(client.create(Resource.SECRETS, secret));
    } catch (KubeException e) {
      if (e.isAlreadyExists()) {
        return client.find(Resource.SECRETS, Json.namespace(secret), Json.name(secret));
      }
      throw e;
    }
  }

  private static void toData(ObjectNode secret) {
    ObjectNode data = secret.putObject("data");
    secret
        .path("stringData")
        .properties()
        .forEach(entry -> data.put(entry.getKey(), encoded(entry.getValue().asText())));
    secret.remove("stringData");
  }

  private Optional<ObjectNode> replace(ObjectNode there, ObjectNode data) {
    ObjectNode body =
        Tree.map(
            "metadata", Tree.map("resourceVersion", Json.resourceVersion(there)), "data", data);
    return Optional.of(
        client.merge(Resource.SECRETS, Json.namespace(there), Json.name(there), body));
  }

  private static String encoded(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String text(ObjectNode secret, String key) {
    return new String(
        Base64.getMimeDecoder().decode(secret.path("data").path(key).asText("")),
        StandardCharsets.UTF_8);
  }
}
