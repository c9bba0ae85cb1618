// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.plan;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.api.names.Labels;
import dev.howdah.api.names.ObjectNames;
import dev.howdah.api.names.Phases;
import dev.howdah.api.names.SecretKeys;
import dev.howdah.operator.cluster.desired.CertificateSecrets;
import dev.howdah.operator.cluster.desired.SecretNames;
import dev.howdah.operator.cluster.desired.Services;
import dev.howdah.operator.cluster.observed.ClusterView;
import dev.howdah.operator.cluster.observed.ObservedObject;
import dev.howdah.operator.cluster.observed.ObservedSecret;
import dev.howdah.service.pki.CertificateFacts;
import dev.howdah.service.pki.LeafRequest;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The certificates of a cluster: made, renewed in time, or, where they were brought along,
/// watched.
final class CertificatesPlan {
  private static final String SECRET_NOT_FOUND = "SecretNotFound";
  private static final String SECRET_IS_EXPIRING = "SecretIsExpiring";
  private static final String INVALID_CA_SECRET = "InvalidCASecret";

  private CertificatesPlan() {}

  static void decide(ClusterView view, Draft draft) {
    var names = SecretNames.of(view.blueprint());
    authority(view, names.serverCa(), names.serverTls(), draft);
    if (!names.clientCa().equals(names.serverCa())) {
      authority(view, names.clientCa(), names.replication(), draft);
    }
    String name = view.cluster().name();
    if (names.serverTls().equals(ObjectNames.serverSecret(name))) {
      server(view, names.serverTls(), names.serverCa(), draft);
    } else {
      brought(view, names.serverTls(), "spec.certificates.serverTLSSecret", draft);
    }
    if (names.replication().equals(ObjectNames.replicationSecret(name))) {
      replication(view, names.replication(), names.clientCa(), draft);
    } else {
      brought(view, names.replication(), "spec.certificates.replicationTLSSecret", draft);
    }
  }

  private static void authority(ClusterView view, String secret, String leaf, Draft draft) {
    ObservedSecret there = view.secrets().get(secret);
    boolean ours = secret.equals(ObjectNames.caSecret(view.cluster().name()));
    if (there == null) {
      if (ours) {
        draft.add(new Action.IssueAuthority(secret, false, "it is missing"));
      } else {
        missing(view, secret, "the certificate authority", draft);
      }
      return;
    }
    if (there.certificate() == null) {
      String message =
          "Secret %s has no usable certificate under the key ca.crt%s; put a PEM certificate there"
              .formatted(secret, there.damage().isEmpty() ? "" : " (" + there.damage() + ")");
      draft.warn(INVALID_CA_SECRET, message);
      draft.phase(Phases.CANNOT_CREATE_OBJECTS, message);
      return;
    }
    if (!expiring(view, there)) {
      return;
    }
    if (ours && there.keys().contains(SecretKeys.CA_KEY)) {
      draft.add(new Action.IssueAuthority(secret, true, ends(there)));
    } else {
      draft.warn(
          SECRET_IS_EXPIRING,
          "the certificate authority in Secret %s %s; replace it before, or clients of %s stop connecting"
              .formatted(secret, ends(there), leaf));
    }
  }

  private static void server(ClusterView view, String secret, String authority, Draft draft) {
    List<String> addresses = addresses(view);
    if (addresses.isEmpty() && !servicesSeen(view)) {
      return;
    }
    ObservedSecret there = view.secrets().get(secret);
    String why = whyIssue(view, there, authority);
    if (why.isEmpty() && there != null && there.certificate() != null) {
      LeafRequest wanted =
          view.blueprint()
              .memo()
              .once(
                  "server certificate " + addresses,
                  () -> CertificateSecrets.server(view.blueprint(), addresses));
      List<String> lacking =
          new ArrayList<>(
              wanted.dnsNames().stream()
                  .filter(n -> !there.certificate().dnsNames().contains(n))
                  .toList());
      wanted.ipAddresses().stream()
          .filter(a -> !there.certificate().ipAddresses().contains(a))
          .forEach(lacking::add);
      if (!lacking.isEmpty()) {
        why = "it doesn't name " + String.join(", ", lacking);
      }
    }
    issue(view, secret, authority, true, addresses, why, draft);
  }

  private static void replication(ClusterView view, String secret, String authority, Draft draft) {
    String why = whyIssue(view, view.secrets().get(secret), authority);
    issue(view, secret, authority, false, List.of(), why, draft);
  }

  private static void issue(
      ClusterView view,
      String secret,
      String authority,
      boolean server,
      List<String> addresses,
      String why,
      Draft draft) {
    ObservedSecret signer = view.secrets().get(authority);
    if (why.isEmpty() || signer == null || signer.certificate() == null) {
      return;
    }
    if (!signer.keys().contains(SecretKeys.CA_KEY)) {
      draft.phase(
          Phases.CANNOT_CREATE_OBJECTS,
          "Secret %s can't be signed (%s): Secret %s has no key ca.key; add it, or bring the certificate along in spec.certificates"
              .formatted(secret, why, authority));
      return;
    }
    boolean renew = view.secrets().containsKey(secret);
    draft.add(new Action.IssueCertificate(secret, authority, server, addresses, renew, why));
  }

  private static String whyIssue(
      ClusterView view, @Nullable ObservedSecret there, String authority) {
    if (there == null) {
      return "it is missing";
    }
    CertificateFacts certificate = there.certificate();
    if (certificate == null || there.x509() == null) {
      return "it holds no usable certificate";
    }
    if (expiring(view, there)) {
      return ends(there);
    }
    ObservedSecret signer = view.secrets().get(authority);
    return signer == null || signed(view, there, signer) ? "" : "another authority signed it";
  }

  private static boolean signed(ClusterView view, ObservedSecret leaf, ObservedSecret signer) {
    String key = "signed " + leaf.name();
    String versions = leaf.meta().version() + " " + signer.meta().version();
    if (leaf.x509() == null
        || signer.x509() == null
        || view.blueprint().memo().agreed(key, versions)) {
      return true;
    }
    boolean signed = CertificateFacts.signedBy(leaf.x509(), signer.x509());
    if (signed) {
      view.blueprint().memo().agree(key, versions);
    }
    return signed;
  }

  private static void brought(ClusterView view, String secret, String field, Draft draft) {
    ObservedSecret there = view.secrets().get(secret);
    if (there == null) {
      missing(view, secret, field, draft);
    } else if (there.certificate() == null || !there.keys().contains(SecretKeys.TLS_KEY)) {
      String message =
          "Secret %s (%s) needs a PEM certificate under tls.crt and its key under tls.key"
              .formatted(secret, field);
      draft.warn(SECRET_NOT_FOUND, message);
      draft.phase(Phases.CANNOT_CREATE_OBJECTS, message);
    } else if (expiring(view, there)) {
      draft.warn(
          SECRET_IS_EXPIRING,
          "the certificate in Secret %s (%s) %s; replace it before"
              .formatted(secret, field, ends(there)));
    }
  }

  private static void missing(ClusterView view, String secret, String what, Draft draft) {
    String message =
        "Secret %s with %s doesn't exist in namespace %s; create it"
            .formatted(secret, what, view.cluster().namespace());
    draft.warn(SECRET_NOT_FOUND, message);
    draft.phase(Phases.CANNOT_CREATE_OBJECTS, message);
    draft.lookAgain(Duration.ofSeconds(10));
  }

  private static boolean expiring(ClusterView view, ObservedSecret secret) {
    return secret.certificate() != null
        && secret
            .certificate()
            .endsWithin(view.blueprint().settings().expiringCheckThreshold(), view.now());
  }

  private static String ends(ObservedSecret secret) {
    return secret.certificate() == null ? "" : "it ends at " + secret.certificate().notAfter();
  }

  private static boolean servicesSeen(ClusterView view) {
    List<String> names = Services.names(view.blueprint());
    return view.objects().stream()
        .anyMatch(o -> o.kind().equals("Service") && names.contains(o.meta().name()));
  }

  /// Addresses of the cluster's Services, inside and outside.
  static List<String> addresses(ClusterView view) {
    var addresses = new ArrayList<String>();
    for (ObservedObject object : view.objects()) {
      if (object.kind().equals("Service")
          && object.meta().label(Labels.CLUSTER).equals(view.cluster().name())
          && object.meta().owner().equals(view.cluster().meta().uid())) {
        for (JsonNode address : object.tree().path("spec").path("clusterIPs")) {
          add(addresses, address);
        }
        add(addresses, object.tree().path("spec").path("clusterIP"));
        for (JsonNode way : object.tree().path("status").path("loadBalancer").path("ingress")) {
          add(addresses, way.path("ip"));
        }
      }
    }
    return addresses.stream().distinct().sorted().toList();
  }

  private static void add(List<String> addresses, JsonNode address) {
    String text = address.asText("");
    if (text.isEmpty() || text.equals("None")) {
      return;
    }
    try {
      addresses.add(InetAddress.ofLiteral(text).getHostAddress());
    } catch (IllegalArgumentException _) {
      // a host name, or nothing that a certificate can name
    }
  }
}
