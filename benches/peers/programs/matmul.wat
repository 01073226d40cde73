(module
  ;; a at 0, b at 131072, c at 262144.
  (memory 6)
  (func (export "main") (result f64)
    (local $i i32) (local $j i32) (local $k i32) (local $row i32) (local $s f64) (local $total f64)
    (loop $fill
      (f64.store
        (i32.shl (local.get $k) (i32.const 3))
        (f64.mul (f64.convert_i32_s (i32.rem_s (local.get $k) (i32.const 17))) (f64.const 0.1)))
      (f64.store offset=131072
        (i32.shl (local.get $k) (i32.const 3))
        (f64.mul (f64.convert_i32_s (i32.rem_s (local.get $k) (i32.const 23))) (f64.const 0.3)))
      (br_if $fill
        (i32.lt_s (local.tee $k (i32.add (local.get $k) (i32.const 1))) (i32.const 16384))))
    (loop $rows
      (local.set $row (i32.mul (local.get $i) (i32.const 128)))
      (local.set $j (i32.const 0))
      (loop $columns
        (local.set $s (f64.const 0))
        (local.set $k (i32.const 0))
        (loop $dot
          (local.set $s
            (f64.add
              (local.get $s)
              (f64.mul
                (f64.load (i32.shl (i32.add (local.get $row) (local.get $k)) (i32.const 3)))
                (f64.load offset=131072
                  (i32.shl
                    (i32.add (i32.mul (local.get $k) (i32.const 128)) (local.get $j))
                    (i32.const 3))))))
          (br_if $dot
            (i32.lt_s (local.tee $k (i32.add (local.get $k) (i32.const 1))) (i32.const 128))))
        (f64.store offset=262144
          (i32.shl (i32.add (local.get $row) (local.get $j)) (i32.const 3))
          (local.get $s))
        (br_if $columns
          (i32.lt_s (local.tee $j (i32.add (local.get $j) (i32.const 1))) (i32.const 128))))
      (br_if $rows
        (i32.lt_s (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 128))))
    (local.set $k (i32.const 0))
    (loop $sum
      (local.set $total
        (f64.add
          (local.get $total)
          (f64.load offset=262144 (i32.shl (local.get $k) (i32.const 3)))))
      (br_if $sum
        (i32.lt_s (local.tee $k (i32.add (local.get $k) (i32.const 1))) (i32.const 16384))))
    (local.get $total)))
