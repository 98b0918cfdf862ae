#!/bin/sh
# Makes the training keys and certificates anew (OpenSSL 3). Run only when they must change: every training token,
# sample file and test that names a fingerprint changes with them. See README.md: these keys are public on purpose.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat >"$work/ca.cnf" <<CNF
[ca]
default_ca = training
[training]
dir = $work
database = $work/index.txt
new_certs_dir = $work
default_md = sha256
policy = any
unique_subject = no
rand_serial = yes
string_mask = utf8only
[any]
countryName = supplied
organizationName = optional
organizationalUnitName = optional
commonName = supplied
[req]
distinguished_name = dn
string_mask = utf8only
utf8 = yes
[dn]
[root]
basicConstraints = critical, CA:TRUE, pathlen:1
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[signer]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature, nonRepudiation
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
CNF
: >"$work/index.txt"

# key NAME BITS: an unencrypted PKCS#8 file
key() {
    openssl genpkey -quiet -algorithm RSA -pkeyopt "rsa_keygen_bits:$2" -out "$1.key.pem"
}

# request NAME SUBJECT
request() {
    openssl req -new -utf8 -config "$work/ca.cnf" -key "$1.key.pem" -subj "$2" -out "$work/$1.csr"
}

key root 3072
request root "/C=VN/O=Mộc Bản/CN=Mộc Bản – CA TẬP HUẤN (không có giá trị)"
openssl ca -batch -notext -utf8 -config "$work/ca.cnf" -selfsign -extensions root -preserveDN \
    -startdate 20260101000000Z -enddate 20560101000000Z \
    -keyfile root.key.pem -in "$work/root.csr" -out root.pem

# signer NAME SUBJECT
signer() {
    key "$1" 2048
    request "$1" "$2"
    openssl ca -batch -notext -utf8 -config "$work/ca.cnf" -extensions signer -preserveDN \
        -startdate 20260101000000Z -enddate 20460101000000Z \
        -cert root.pem -keyfile root.key.pem -in "$work/$1.csr" -out "$1.pem"
    openssl x509 -in "$1.pem" -outform DER -out "$1.der"
}

signer performer "/C=VN/O=ỦY BAN NHÂN DÂN XÃ TẬP HUẤN/CN=Nguyễn Thị Minh Tập Huấn"
signer agency "/C=VN/O=ỦY BAN NHÂN DÂN XÃ TẬP HUẤN/CN=ỦY BAN NHÂN DÂN XÃ TẬP HUẤN"

openssl verify -CAfile root.pem performer.pem agency.pem
