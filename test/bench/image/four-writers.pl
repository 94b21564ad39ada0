#!/usr/bin/perl
# four-writers.pl DEVICE: writes its standard input to a device as Tinkerbell's image2disk does: pieces of 4 MiB, four
# writers with positioned writes, one sync at the end. Prints nothing.
use strict;
use warnings;
use IO::Handle;

use constant { PIECE => 4 << 20, WRITERS => 4, F_SETPIPE_SZ => 1031 };

my ($device) = @ARGV;
# read-ahead: as much as a pipe may hold
fcntl STDIN, F_SETPIPE_SZ, 1 << 20;

# whose turn it is to read, with the offset that it has come to; -1: the input has ended
my @turn = map { pipe(my $out, my $in) or die "pipe: $!"; $in->autoflush; [$out, $in] } 1 .. WRITERS;

for my $nth (0 .. WRITERS - 1) {
    my $pid = fork // die "fork: $!";
    next if $pid;
    open my $disk, '+<:raw', $device or die "$device: $!";
    while (defined(my $offset = readline $turn[$nth][0])) {
        my $next = $turn[($nth + 1) % WRITERS][1];
        if ($offset < 0) { print $next "-1\n"; last }
        my ($piece, $length) = ('', 0);
        while ($length < PIECE) {
            my $got = sysread STDIN, $piece, PIECE - $length, $length;
            die "read: $!" unless defined $got;
            last unless $got;
            $length += $got;
        }
        print $next $length < PIECE ? "-1\n" : $offset + $length . "\n";
        sysseek $disk, $offset, 0;
        for (my $done = 0; $done < $length;) {
            $done += syswrite($disk, $piece, $length - $done, $done) // die "write: $!";
        }
        last if $length < PIECE;
    }
    close $disk or die "close: $!";
    exit 0;
}
print { $turn[0][1] } "0\n";
my $failed = 0;
while (wait != -1) { $failed ||= $? }
open my $disk, '+<', $device or die "$device: $!";
$disk->sync or die "sync: $!";
exit($failed ? 1 : 0);
